"""The account of a book that has one at each of several brokers: the sums, and each broker's own word; pure."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from tasks.terms import AccountState

ZERO = Decimal(0)


def summed(account: str, parts: Mapping[str, AccountState], silent: Collection[str]) -> AccountState:
    """Cash and signed shares of all parts together; a symbol in which they add up to nothing is left out.

    `silent` are the tags of those whose word is an old one; the time is that of the newest word.
    """
    cash = sum((part.cash for part in parts.values()), ZERO)
    at = max(part.at for part in parts.values())
    outside = tuple(holding for part in parts.values() for holding in part.outside)
    old = tuple(tag for tag in parts if tag in silent)
    return AccountState(account, at, cash, _positions(parts), dict(parts), old, outside)


def _positions(parts: Mapping[str, AccountState]) -> dict[str, Decimal]:
    symbols = sorted({symbol for part in parts.values() for symbol in part.positions})
    totals = {s: sum((part.positions.get(s, ZERO) for part in parts.values()), ZERO) for s in symbols}
    return {symbol: shares for symbol, shares in totals.items() if shares}
