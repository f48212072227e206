"""Sets up a local venue with a book's prices, opening account and planned lies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flows.book_file import LoadedBook
from flows.book_file.schema import allowed_values
from flows.bootstrap import prices_of
from tasks.book.broker import OneBroker
from tasks.book.data import DataSettings
from tasks.book.model import Book
from tasks.brokers.registry import BROKERS, prices_at
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.factory import open_exchange
from tasks.errors import ConfigError
from tasks.market_data import calendar


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """A venue that runs."""

    exchange: Exchange
    environment: Mapping[str, str]
    """What the book's process needs. The key that is in this environment is the venue's too, and is not told here;
    where there is none, one is made up."""
    book_lines: tuple[str, ...]
    """What has to stand in the book."""


@contextmanager
def open_venue(
    name: str, loaded: LoadedBook, folder: Path, port: int, session: date | None
) -> Iterator[RunningSandbox]:
    """The venue of a broker while the block lasts, its account in folder/venue; an account that is there goes on.

    port: 0 is any free one.
    session: a new account stands half an hour before its open; None is the newest of the book's data.
    Raises: ConfigError when there is no such venue, or the port is taken.
    """
    sandboxes = {broker.name: broker.sandbox for broker in BROKERS.values() if broker.sandbox}
    if name not in sandboxes:
        raise ConfigError(f"there is no venue {name}; choose one of {', '.join(sandboxes)}")
    if prices_at(loaded.book.data.source) is not None:
        raise ConfigError(
            f"{loaded.path}: data.source = {loaded.book.data.source}: a venue makes its market of prices that are at "
            f"hand; use a book whose source is one of {', '.join(_own_prices())}"
        )
    one = part_named(loaded.book, name)
    one = one.in_market(sandboxes[name].market)
    source = prices_of(loaded.book, loaded.path.parent)
    exchange = open_exchange(one, folder / "venue" / name, source, calendar.session_hours)
    if exchange.session() is None or session is not None:
        exchange.begin(session or source.available()[1])
    try:
        with sandboxes[name].serve(exchange, one, port) as served:
            yield RunningSandbox(exchange, served.environment, served.book_lines)
    except OSError as error:
        raise ConfigError(f"--port {port}: {error.strerror or error}; choose another, or 0 for any") from error


def part_named(book: Book, name: str) -> OneBroker:
    """The settings of this broker: the book's own, or those of its first part of this name; else its account only."""
    return next(iter(book.broker.accounts_at(name)), book.broker)


def _own_prices() -> list[str]:
    """Sources that are files of this machine."""
    known = allowed_values(DataSettings.model_fields["source"].annotation)
    return [source for source in known if prices_at(source) is None]


def as_plain(standing: RunningSandbox) -> dict[str, Any]:
    return {"environment": dict(standing.environment), "book": list(standing.book_lines)}
