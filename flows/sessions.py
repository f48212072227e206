"""Which sessions a book can be run for: what its prices reach to, and what its broker can still trade."""

import os
from collections.abc import Mapping
from datetime import date

from flows.book import Book
from tasks.brokers.local_venue import is_named
from tasks.errors import ConfigError
from tasks.market_data import calendar
from tasks.market_data.protocol import Source


def newest_session(book: Book, source: Source, environment: Mapping[str, str] = os.environ) -> date:
    """The last session the prices allow.

    A simulated market is made of the session's own prices. A real one needs those before it only: there the session
    after the last price is the newest. So does a venue whose prices the book is told over its wire.
    """
    last = source.available()[1]
    is_at_hand = book.data.source not in ("alpaca", "ibkr")
    if book.broker.name == "simulated" or (is_named(environment) and is_at_hand):
        return last
    return calendar.next_session(last, book.exchange)


def check_session(day: date, book: Book, source: Source) -> None:
    """Raises: ConfigError for a day without trading, or one that the book's prices do not reach."""
    exchange = book.exchange
    if not calendar.is_session(day, exchange):
        before, after = calendar.previous_session(day, exchange), calendar.next_session(day, exchange)
        raise ConfigError(
            f"{day} is not a session of {exchange}: the exchange is closed. The sessions around it are {before} and "
            f"{after}"
        )
    first, last = source.available()[0], newest_session(book, source)
    if not first < day <= last:
        raise ConfigError(
            f"session {day} is outside the data of source `{source.name}` ({first} to {last}); "
            "choose a session within it"
        )
