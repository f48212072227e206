"""A book belongs to one journal: a second memory would trade the same account without knowing what the first sent."""

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from flows import register
from flows.book_file import LoadedBook
from flows.register import Entry
from tasks.book.broker import BrokerSettings
from tasks.brokers.registry import registered
from tasks.brokers.sandbox.address import is_named
from tasks.errors import SecondJournalError
from tasks.journal import Journal, where
from tasks.model.typed_commands import shell_word

KEPT_IN = ", kept in "
"""In a subject, before the file that is the account itself."""


def other_journals(journal: Journal, loaded: LoadedBook, home: Path) -> list[str]:
    """What a person should know of where the book was worked before; asks, and remembers nothing.

    An account of another journal is refused. A book file alone is only told: at a home of its own the simulated broker
    has an account of its own, and nothing of the first is touched.
    Raises: SecondJournalError with the way out; nothing was sent.
    """
    known = register.entries()
    others = _others(_mine(journal, loaded, home), known)
    for subject, other in others.items():
        if subject.startswith("account"):
            raise SecondJournalError(
                f"{subject} belongs to the journal {other.where} since {other.at}; this is {where(home)}. Two memories "
                f"of one account would each miss what the other sends. Work the book with that one, or, when it is "
                f'gone for good, say so: steelyard adopt {shell_word(loaded.path)} --who "your name" --because "..."'
            )
    return [f"{subject} was worked with the journal {other.where} so far" for subject, other in others.items()]


def must_be_its_journal(journal: Journal, loaded: LoadedBook, home: Path, now: datetime) -> str:
    """Remember where a book belongs; returns what a person should know, empty when there is nothing.

    Raises: SecondJournalError, as above.
    """
    told = other_journals(journal, loaded, home)
    this = f"; this is {where(home)}" if told else ""
    known = register.entries()
    mine = _mine(journal, loaded, home)
    others = _others(mine, known)
    unsaid = [entry for entry in mine if entry.subject not in others and _is_news(entry, known.get(entry.subject))]
    try:
        register.add(unsaid, now)
    except OSError as error:
        told.append(f"which journal the book belongs to cannot be remembered in {register.register_file()}: {error}")
    return "; ".join(told) + this


def _others(mine: Sequence[Entry], known: Mapping[str, Entry]) -> dict[str, Entry]:
    """By subject: what is on record of it for another journal."""
    return {e.subject: known[e.subject] for e in mine if e.subject in known and _is_another(e, known[e.subject])}


def adopt(journal: Journal, loaded: LoadedBook, home: Path, who: str, because: str, now: datetime) -> list[str]:
    """From now on the book and its accounts belong to this journal; returns what was moved here.

    Raises: OSError where the register cannot be written.
    """
    known = register.entries()
    mine = _mine(journal, loaded, home, who, because)
    moved = [entry for entry in mine if entry.subject not in known or known[entry.subject].journal != entry.journal]
    register.add(moved, now)
    return [entry.subject for entry in moved]


def _mine(journal: Journal, loaded: LoadedBook, home: Path, who: str = "", because: str = "") -> list[Entry]:
    identity, address = journal.audit.identity(), where(home)
    subjects = [f"book {loaded.path.resolve()}", *_accounts(loaded.book.broker, home, os.environ)]
    return [Entry(subject, identity, address, loaded.book.book, who, because) for subject in subjects]


def _is_another(mine: Entry, known: Entry) -> bool:
    """Whether two memories are at stake: of what a home that was wiped had simulated, nothing is left to miss."""
    if known.journal == mine.journal:
        return False
    if KEPT_IN in mine.subject:
        return Path(mine.subject.partition(KEPT_IN)[2]).is_file()
    return not mine.subject.startswith("book") or known.where != mine.where


def _is_news(entry: Entry, known: Entry | None) -> bool:
    """A journal that was moved is said anew, so that the next refusal names where it is."""
    return known is None or (known.journal, known.where) != (entry.journal, entry.where)


def _accounts(broker: BrokerSettings, home: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Every account the book trades. One at a local venue is as much of this moment as the venue itself."""
    for _, name, one in broker.trading():
        known, account = registered(name), f"account {one.account} at {name}"
        if known.account_file is not None:
            yield f"{account}{KEPT_IN}{known.account_file(one, home).resolve()}"
        elif not is_named(environment):
            yield f"{account}, {'real money' if broker.live else 'paper'}{known.key_in_words(one, environment)}"
