"""What Alpaca says an account holds: shares of US stocks for the book, and everything else beside it; pure."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tasks.brokers.alpaca.errors import Silence
from tasks.brokers.alpaca.foreign_orders import kind_outside
from tasks.brokers.alpaca.parse_orders import ZERO, number, text
from tasks.model.orders import OutsideHolding


@dataclass(frozen=True, slots=True)
class Held:
    """One answer about positions."""

    shares: dict[str, Decimal]
    """Signed, by symbol, of US stocks and of what has a class that this program does not know."""
    outside: tuple[OutsideHolding, ...] = ()

    @classmethod
    def of(cls, listed: Sequence[Mapping[str, Any]]) -> "Held":
        """Raises: Silence when the row of a stock cannot be read: a book without it is not the book."""
        stocks = [row for row in listed if not kind_outside(row)]
        shares = {text(row, "symbol"): _signed(row) for row in stocks}
        outside = tuple(_outside(row) for row in listed if kind_outside(row))
        return cls({symbol: count for symbol, count in shares.items() if count}, outside)

    @property
    def quantities(self) -> tuple[dict[str, Decimal], list[tuple[str, Decimal]]]:
        """What two answers about the same holdings agree on; worth moves with the market."""
        return self.shares, sorted((holding.name, holding.quantity) for holding in self.outside)


def _signed(row: Mapping[str, Any]) -> Decimal:
    shares = abs(number(row, "qty"))
    return -shares if row.get("side") == "short" else shares


def _outside(row: Mapping[str, Any]) -> OutsideHolding:
    """Named as far as it can be read: nothing is decided on it."""
    quantity, value = ZERO, None
    with suppress(Silence):
        quantity = _signed(row)
    with suppress(Silence):
        value = number(row, "market_value")
    return OutsideHolding(str(row.get("symbol") or row.get("asset_id")), kind_outside(row), quantity, value=value)
