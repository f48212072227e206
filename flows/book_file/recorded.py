"""Reads a book as the journal recorded it: what was approved is worked, whatever the file says by now."""

import os
from pathlib import Path

from flows.book import Book
from flows.book_file.load import with_absolute_paths
from flows.book_file.syntax import parse


def recorded_book(text: str, path: Path | str) -> Book:
    """The book of a recorded text, which passed every check when it was recorded; `path` anchors its file names."""
    book = Book.model_validate(parse(text, {}).values)
    return with_absolute_paths(book, Path(os.path.abspath(path)).parent)
