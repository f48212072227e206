"""Real money is traded only where `steelyard doctor` has lately found broker and account in order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tasks.book.broker import BrokerSettings
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.model.typed_commands import shell_word

COUNTS_FOR = timedelta(days=7)
"""How long a passed examination permits trading with real money."""


def must_be_examined(journal: Journal, settings: BrokerSettings, book: Path, now: datetime) -> None:
    """Nothing is asked of paper and of the simulated broker.

    Raises: ConfigError with the command to run, for each broker and account without a passed examination that still
    counts; a later one that failed takes it back.
    """
    if not settings.live:
        return
    for name, account in accounts_of(settings):
        found = journal.examinations.newest("doctor", name, account, live=True)
        why = "it was never examined"
        if found is not None:
            days = (now - found.at) / timedelta(days=1)
            why = "its last examination failed" if not found.passed else f"it was examined {days:.0f} days ago"
        if found is None or not found.passed or now - found.at > COUNTS_FOR:
            raise ConfigError(
                f"{book}: broker.live = true: account {account} at {name} trades real money, and {why}; "
                f"run `steelyard doctor {name} --book {shell_word(book)}`, which counts for {COUNTS_FOR.days} days"
            )


def accounts_of(settings: BrokerSettings) -> Iterator[tuple[str, str]]:
    """(broker, account) of every account the book trades."""
    yield from ((name, one.account) for _, name, one in settings.trading())
