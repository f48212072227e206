"""`steelyard adopt`: a person says that a book belongs to this journal, where another one had it."""

from pathlib import Path
from typing import Any

from rich.console import Console

from flows.book_file import load_book
from flows.bootstrap import only_writer, wall_clock
from flows.commands.lookup import journal_here
from flows.home import home
from flows.one_journal import adopt
from flows.register import register_file
from tasks.errors import ConfigError
from tasks.journal import where
from tasks.wording import spoken


def adopt_book(book: Path, who: str, because: str, *, as_json: bool) -> dict[str, Any]:
    """Recorded with name and reason in the user's register. Raises: ConfigError without either, or unwritable."""
    who, because = spoken(who), spoken(because)
    if not who or not because:
        raise ConfigError("--who and --because are both needed: the register must tell who moved the book, and why")
    loaded = load_book(book)
    with journal_here() as journal, only_writer(journal, loaded.book.book, wall_clock, f"adopted by {who}"):
        try:
            moved = adopt(journal, loaded, home(), who, because, wall_clock())
        except OSError as error:
            raise ConfigError(f"{register_file()} cannot be written: {error}; make it writable") from error
    if not as_json:
        for subject in moved:
            Console().print(f"{subject} belongs to the journal {where(home())} now, says {who.strip()}", soft_wrap=True)
        if not moved:
            Console().print(f"the book belongs to the journal {where(home())} already", soft_wrap=True)
    return {"book": loaded.book.book, "journal": where(home()), "who": who.strip(), "moved": moved}
