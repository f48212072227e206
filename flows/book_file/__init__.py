"""Reading a book file: every mistake named with its line, its field, its value and what to write instead."""

from flows.book_file.errors import Mistake
from flows.book_file.load import LoadedBook, load_book

__all__ = ["LoadedBook", "Mistake", "load_book"]
