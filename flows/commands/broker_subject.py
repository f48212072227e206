"""One broker with one account, as a book names it or by its defaults, opened apart from any session."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flows.book_file import load_book
from flows.bootstrap import rate_limiters_of
from flows.home import home
from tasks.book.broker import BrokerSettings, OneBroker
from tasks.book.data import DataSettings
from tasks.brokers.factory import open_broker
from tasks.brokers.price_sources import open_source
from tasks.brokers.registry import registered
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.market_data import calendar
from tasks.ports.broker import Broker

USUAL = ("AAPL", "KO", "XOM")
"""Asked for prices where no book says which."""
MOST_SYMBOLS = 3
EXAMINED = "doctor"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined."""

    settings: BrokerSettings
    """Of one broker, never of several."""
    book: str = EXAMINED
    """Whose lease is taken before orders are placed."""
    symbols: tuple[str, ...] = USUAL
    exchange: str = "XNYS"

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def account(self) -> str:
        return self.settings.account


def subject_of(name: str, book: Path | None, account: str | None = None) -> Subject:
    """Raises: ConfigError when there is no such broker, or the book does not trade there."""
    registered(name)
    if book is None:
        return Subject(BrokerSettings.model_validate({"name": name, "account": account or "main"}))
    loaded = load_book(book)
    symbols = tuple(loaded.book.universe.symbols) or _symbols(loaded.book.universe.file)
    for one in loaded.book.broker.accounts_at(name):
        if account in (None, one.account):
            settings = alone(one, name, live=loaded.book.broker.live)
            return Subject(settings, loaded.book.book, symbols[:MOST_SYMBOLS] or USUAL, loaded.book.exchange)
    at = f"account {account} at {name}" if account else f"broker {name}"
    raise ConfigError(f"{book}: the book does not trade with {at}; name a broker that it trades with")


def alone(one: OneBroker, name: str, *, live: bool) -> BrokerSettings:
    """The settings of a part as those of a book's only broker."""
    shared = {field: getattr(one, field) for field in OneBroker.model_fields}
    return BrokerSettings(**shared, name=name, live=live)  # type: ignore[arg-type]


def _symbols(file: Path | None) -> tuple[str, ...]:
    import pandas as pd

    return () if file is None else tuple(str(symbol) for symbol in pd.read_csv(file)["symbol"][:MOST_SYMBOLS])


@contextmanager
def opened(subject: Subject, journal: Journal) -> Iterator[Broker]:
    """The broker, not connected yet, closed at the end of the block.

    The simulated one has a throw-away account in a session that has begun: no book's account moves.
    """
    with ExitStack() as stack:
        folder = home()
        is_simulated = registered(subject.name).is_simulated
        if is_simulated:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="steelyard-examining-")))
        source = open_source(DataSettings(), folder)
        broker = open_broker(
            subject.settings, folder, source, calendar.session_hours, os.environ, rate_limiters_of(journal)
        )
        stack.callback(broker.close)
        if is_simulated:
            broker.open_session(source.available()[1])
            broker.wait_until(broker.session_hours(source.available()[1])[0])
        yield broker
