"""The contracts of the venue: a symbol is a stock with a number of its own; some names belong to several. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from zlib import crc32

from tasks.brokers.sandbox.tws.framing import Field

FIRST_NUMBER = 100_000
US_STOCKS = 26
CENT = Decimal("0.01")


def number_of(symbol: str, exchange: str = "NASDAQ") -> int:
    """The contract number: the same in every life of the venue."""
    return FIRST_NUMBER + crc32(f"{symbol}@{exchange}".encode()) % 900_000_000


@dataclass(frozen=True, slots=True)
class Stock:
    """A listing as TWS tells it; `size_step` is the smallest step of shares."""

    symbol: str
    primary_exchange: str = "NASDAQ"
    min_tick: Decimal = CENT
    size_step: Decimal = Decimal(1)

    @property
    def con_id(self) -> int:
        """The same for one listing in every process."""
        return number_of(self.symbol, self.primary_exchange)

    def fields(self, right: str = "") -> tuple[Field, ...]:
        """The eleven fields of a contract in a reply."""
        terms = ("", 0, right, "")
        return (self.con_id, self.symbol, "STK", *terms, "SMART", "USD", self.symbol, "NMS")

    @property
    def rule(self) -> int:
        """Number of its price rule: that of US stocks, or one made of the least step."""
        return US_STOCKS if self.min_tick == CENT else US_STOCKS + int(self.min_tick * 10_000)


def increments(rule: int) -> tuple[tuple[Decimal, Decimal], ...]:
    """Lower edge and step of each price band."""
    if rule == US_STOCKS:
        return ((Decimal(0), Decimal("0.0001")), (Decimal(1), CENT))
    return ((Decimal(0), Decimal(rule - US_STOCKS) / 10_000),)


@dataclass(frozen=True)
class Listings:
    """Which stocks a name means."""

    twins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Symbols that are listed on a second exchange too, under the same name."""
    min_ticks: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))
    size_step: Decimal = Decimal(1)

    def stock(self, symbol: str, exchange: str = "NASDAQ") -> Stock:
        """Any symbol is listed; its tick is a cent unless another one is known."""
        return Stock(symbol, exchange, self.min_ticks.get(symbol, CENT), self.size_step)

    def of(self, symbol: str, primary_exchange: str = "") -> tuple[Stock, ...]:
        """All stocks that a request can mean; the first one is the one that trades here."""
        found = [self.stock(symbol)]
        if symbol in self.twins:
            found.append(self.stock(symbol, self.twins[symbol]))
        return tuple(s for s in found if primary_exchange in ("", s.primary_exchange))
