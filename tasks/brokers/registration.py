"""What the program has to know of a broker beyond its methods: one value for each, which says all that is its own.

Every function of it imports what it needs when it is called, so that no client library is loaded for a book that does
not name the broker, and that one that is missing is told where it is needed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.book.broker import BrokerName, OneBroker
from tasks.book.data import DataSettings
from tasks.brokers.diagnostics.health import CheckResult
from tasks.ports.broker import Broker

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters
    from tasks.brokers.simulated.exchange import Exchange
    from tasks.ports.prices import Source

Place = tuple[str, ...]
"""Where a setting stands in the book file, from the top down."""
Hours = Callable[[date], tuple[datetime, datetime]]
"""Open and close of a session, UTC."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a broker is opened with, beside its settings."""

    live: bool
    home: Path
    source: "Source"
    hours: Hours
    environment: Mapping[str, str]
    rate_limiters: "RateLimiters | None"
    """What keys may ask, over all processes that share the journal; None: nothing is counted."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Settings that contradict each other, for a sentence that ends with what to do."""

    place: Place
    value: object
    problem: str
    remedy: str
    compared: tuple[Place, ...] = ()
    """Other settings that the judgement rests on."""


@dataclass(frozen=True, slots=True)
class Served:
    """What a book needs to meet a local server."""

    environment: Mapping[str, str]
    book_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A server on this machine that speaks the broker's wire format over a simulated exchange."""

    market: Mapping[str, object]
    """Settings of `simulated` that its wire needs, whatever the book says."""
    serve: "Callable[[Exchange, OneBroker, int], AbstractContextManager[Served]]"
    """While the block lasts, at this port (0: any free one). Raises: OSError where the port is taken."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Bars of this broker: the section of its name below `data`."""

    open: "Callable[[DataSettings, Mapping[str, str], RateLimiters | None, bool], Source]"
    """With the environment, what counts requests, and whether the key is one for real money."""
    never: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """By `data.adjustment` that it does not have: why, and what to set instead."""


def _no_flaws(above: Place, one: OneBroker, live: bool) -> Iterator[Flaw]:
    del above, one, live
    yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One broker."""

    name: BrokerName
    """As books and commands call it; its settings are the section of this name."""
    title: str
    """As a sentence calls it."""
    open: Callable[[OneBroker, Opening], Broker]
    """Not connected yet. Raises: ConfigError for what does not fit, or is missing."""
    is_simulated: bool = False
    """Whether market and account are this program's own: no real money, sessions that are replayed, and settings that
    any book may have, as they also say how a local server of another broker behaves."""
    libraries: tuple[str, ...] = ()
    """Distributions of which one is needed; two of them spoil each other."""
    needs_key: bool = False
    """Whether it reads `credentials_block`."""
    connection: tuple[str, ...] = ()
    """Settings that make one connection, which only one may use; the last of them is the one to change."""
    takes_fractions: Callable[[OneBroker], bool] = lambda _: True
    fractions: str = ""
    """The setting with which it takes them, as a line of its section."""
    flaws: Callable[[Place, OneBroker, bool], Iterator[Flaw]] = _no_flaws
    """What is wrong with an account's settings, given where they stand and whether the book is live."""
    before_connecting: Callable[[OneBroker, bool, Mapping[str, str]], Sequence[CheckResult]] = lambda *_: ()
    """What `doctor` looks at first: without it nothing is connected."""
    once_connected: Callable[[Broker], Sequence[CheckResult]] = lambda _: ()
    """What only this broker can be asked by `doctor`."""
    account_file: Callable[[OneBroker, Path], Path] | None = None
    """Where in a home the account itself is kept, if it is."""
    key_in_words: Callable[[OneBroker, Mapping[str, str]], str] = lambda *_: ""
    """Which key decides the account, without telling it."""
    sandbox: Sandbox | None = None
    prices: Prices | None = None

    def connection_of(self, section: Any) -> tuple[object, ...]:
        """What of a section, the broker's or that of its prices, has to differ from every other."""
        return tuple(getattr(section, name) for name in self.connection)
