"""Sets up a local venue with a book's prices, opening account and planned lies."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.book_file import LoadedBook
from flows.bootstrap import prices_of
from flows.commands.sandbox_clock import ClockDesk
from tasks.book.broker import OneBroker
from tasks.book.model import Book
from tasks.brokers.factory import lying, open_exchange
from tasks.brokers.sandbox.address import VARIABLE
from tasks.brokers.simulated.exchange import Exchange
from tasks.errors import ConfigError
from tasks.market_data import calendar

OWN_PRICES = ("sample", "files")
FREE = {"fee_per_share_usd": Decimal(0), "fee_minimum_usd": Decimal(0), "fractional": True}
"""Alpaca takes fractions, and its fills have no room for a commission."""
BY_LABEL = {"unique_keys": False}
"""An orderRef is a label only."""


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
    openers = {"alpaca": _alpaca, "ibkr": _ibkr}
    if name not in openers:
        raise ConfigError(f"there is no venue {name}; choose one of {', '.join(openers)}")
    if loaded.book.data.source not in OWN_PRICES:
        raise ConfigError(
            f"{loaded.path}: data.source = {loaded.book.data.source}: a venue makes its market of prices that are at "
            f"hand; use a book whose source is one of {', '.join(OWN_PRICES)}"
        )
    one = part_named(loaded.book, name)
    forced = FREE if name == "alpaca" else BY_LABEL
    one = one.model_copy(update={"simulated": one.simulated.model_copy(update=forced)})
    source = prices_of(loaded.book, loaded.path.parent)
    exchange = open_exchange(one, folder / "venue" / name, source, calendar.session_hours)
    if exchange.session() is None or session is not None:
        exchange.begin(session or source.available()[1])
    try:
        with openers[name](exchange, one, port) as standing:
            yield standing
    except OSError as error:
        raise ConfigError(f"--port {port}: {error.strerror or error}; choose another, or 0 for any") from error


def part_named(book: Book, name: str) -> OneBroker:
    """The settings of this broker: the book's own, or those of its first part of this name; else its account only."""
    parts = [part for part in book.broker.parts.values() if part.name == name]
    return parts[0] if parts else book.broker


@contextmanager
def _alpaca(exchange: Exchange, one: OneBroker, port: int) -> Iterator[RunningSandbox]:
    from tasks.brokers.alpaca.credentials import DATA_URL_NAME, KEY_NAMES, URL_NAME
    from tasks.brokers.sandbox.alpaca.server import AlpacaVenue

    made_up = (f"PKVENUE{secrets.token_hex(6).upper()}", secrets.token_urlsafe(24))
    chosen = tuple(os.environ.get(name, "") for name in KEY_NAMES)
    key = (chosen[0], chosen[1]) if all(chosen) else made_up
    told = {} if all(chosen) else dict(zip(KEY_NAMES, key, strict=True))
    with AlpacaVenue(lying(exchange, one), *key, port=port) as venue:
        environment = {
            **told,
            URL_NAME: venue.url,
            DATA_URL_NAME: venue.url,
            VARIABLE: venue.url,
        }
        yield RunningSandbox(exchange, environment, ("name: alpaca", f"account: {one.account}"))


@contextmanager
def _ibkr(exchange: Exchange, one: OneBroker, port: int) -> Iterator[RunningSandbox]:
    from tasks.brokers.sandbox.tws.server import TwsVenue

    with TwsVenue(lying(exchange, one), port=port) as venue:
        place = f"127.0.0.1:{venue.port}"
        with ClockDesk(place, exchange.now, venue.advance) as context:
            lines = ("name: ibkr", f"account: {one.account}", f"ibkr: {{port: {venue.port}}}")
            yield RunningSandbox(exchange, {VARIABLE: context.url}, lines)


def as_plain(standing: RunningSandbox) -> dict[str, Any]:
    return {"environment": dict(standing.environment), "book": list(standing.book_lines)}
