"""Positions, cash and profit derived from entries: a pure reducer, exact to the last digit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class EntryKind(StrEnum):
    OPENING = "opening"
    """What the account held when the book first saw it."""
    FILL = "fill"
    DIVIDEND = "dividend"
    SPLIT = "split"
    CASH_FLOW = "cash_flow"
    """Money in (positive) or out."""
    BALANCE = "balance"
    """Booked by a person who explained a break."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that moves shares or cash; signs are the book's: shares bought and money received are positive."""

    kind: EntryKind
    at: datetime
    symbol: str | None = None
    shares: Decimal = ZERO
    """Signed change; for a split, the shares that it added."""
    price: Decimal | None = None
    """USD per share, for what changes hands or opens."""
    amount_usd: Decimal = ZERO
    """Signed change of cash beside the price of a fill."""
    fee_usd: Decimal = ZERO
    """Positive is a cost."""


@dataclass(frozen=True, slots=True)
class Position:
    """Signed shares with what they cost; the average is derived, so that nothing drifts by rounding."""

    shares: Decimal = ZERO
    cost_usd: Decimal = ZERO
    """Signed: what the open shares cost (a short position's is negative, the proceeds)."""
    realised_usd: Decimal = ZERO
    """Profit of closed shares, before fees."""

    @property
    def average_cost(self) -> Decimal | None:
        return self.cost_usd / self.shares if self.shares else None

    def unrealised_usd(self, price: Decimal) -> Decimal:
        return self.shares * price - self.cost_usd


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What a book owns after all its entries."""

    cash_usd: Decimal = ZERO
    positions: Mapping[str, Position] = field(default_factory=dict)
    fees_usd: Decimal = ZERO
    dividends_usd: Decimal = ZERO
    deposited_usd: Decimal = ZERO
    """Opening cash and opening shares at their price, and cash flows: what was put in."""

    def shares(self) -> dict[str, Decimal]:
        """Signed shares of every symbol held."""
        return {symbol: p.shares for symbol, p in self.positions.items() if p.shares}


def ledger(entries: Iterable[Entry]) -> LedgerState:
    """All entries in the order of time; entries of one instant keep their given order."""
    state = LedgerState()
    for entry in sorted(entries, key=lambda e: e.at):
        state = _after(state, entry)
    return state


def _after(state: LedgerState, entry: Entry) -> LedgerState:
    if entry.kind is EntryKind.FILL:
        return _filled(state, entry)
    if entry.kind is EntryKind.SPLIT:
        return _split(state, entry)
    state = replace(state, cash_usd=state.cash_usd + entry.amount_usd)
    if entry.kind is EntryKind.DIVIDEND:
        return replace(state, dividends_usd=state.dividends_usd + entry.amount_usd)
    if entry.kind in (EntryKind.OPENING, EntryKind.CASH_FLOW):
        put_in = entry.amount_usd + entry.shares * (entry.price or ZERO)
        state = replace(state, deposited_usd=state.deposited_usd + put_in)
    return _moved(state, entry) if entry.symbol is not None else state


def _filled(state: LedgerState, entry: Entry) -> LedgerState:
    assert entry.price is not None, "a fill has a price"
    paid = entry.shares * entry.price
    state = replace(state, cash_usd=state.cash_usd - paid - entry.fee_usd, fees_usd=state.fees_usd + entry.fee_usd)
    return _moved(state, entry)


def _split(state: LedgerState, entry: Entry) -> LedgerState:
    """More shares (or fewer) for the same cost; cash in lieu of a fraction comes with it."""
    assert entry.symbol is not None, "a split names its symbol"
    held = state.positions.get(entry.symbol, Position())
    state = replace(state, cash_usd=state.cash_usd + entry.amount_usd)
    return _with(state, entry.symbol, replace(held, shares=held.shares + entry.shares))


def _moved(state: LedgerState, entry: Entry) -> LedgerState:
    """Shares come or go at the entry's price; without one, at the average cost of what is there."""
    assert entry.symbol is not None, "shares have a symbol"
    held = state.positions.get(entry.symbol, Position())
    price = entry.price if entry.price is not None else held.average_cost or ZERO
    return _with(state, entry.symbol, traded(held, entry.shares, price))


def traded(held: Position, shares: Decimal, price: Decimal) -> Position:
    """A position after buying (or selling, negative) shares at a price, by average cost.

    What closes realises its profit; what goes beyond zero opens the other side at the price.
    """
    if held.shares * shares >= 0:
        return replace(held, shares=held.shares + shares, cost_usd=held.cost_usd + shares * price)
    closing = -shares if abs(shares) <= abs(held.shares) else held.shares
    cost_closed = held.cost_usd * closing / held.shares if closing != held.shares else held.cost_usd
    rest = held.shares + shares
    opened = rest if rest * shares > 0 else ZERO
    return Position(
        shares=rest,
        cost_usd=held.cost_usd - cost_closed + opened * price,
        realised_usd=held.realised_usd + closing * price - cost_closed,
    )


def _with(state: LedgerState, symbol: str, position: Position) -> LedgerState:
    return replace(state, positions={**state.positions, symbol: position})
