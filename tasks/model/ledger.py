"""Positions, cash and profit derived from entries, exact to the last digit; and what they are worth.

Net asset value, exposure, high-water mark and drawdown follow from them. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tasks.model.executions import superseded

ZERO = Decimal(0)
COST_STEP = Decimal("0.000000001")
"""USD; the cost of a partial close is cut to this, so that every sum after it is exact and nothing is lost or made."""


class EntryKind(StrEnum):
    """Why cash or shares of a book changed."""

    OPENING = "opening"
    """What the account held when the book first saw it."""
    FILL = "fill"
    DIVIDEND = "dividend"
    SPLIT = "split"
    FEE = "fee"
    """Charged by the broker beside any trade: the amount is negative."""
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
    entry_id: str = ""
    """For a fill the broker's execution id."""
    supersedes: str = ""
    """The id of the entry that this one corrects: that one is left out. A bust is a correction of no shares."""


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
        """USD per share; None for a position of zero shares."""
        return self.cost_usd / self.shares if self.shares else None

    def unrealised_usd(self, price: Decimal) -> Decimal:
        """At `price` in USD per share; positive is a profit, for a short position too."""
        return self.shares * price - self.cost_usd


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What a book owns after all its entries."""

    cash_usd: Decimal = ZERO
    positions: Mapping[str, Position] = field(default_factory=dict[str, Position])
    fees_usd: Decimal = ZERO
    dividends_usd: Decimal = ZERO
    deposited_usd: Decimal = ZERO
    """Opening cash and opening shares at their price, and cash flows: what was put in."""
    balanced_usd: Decimal = ZERO
    """Cash, and shares at the cost they came with, that a person booked to explain a break."""

    def shares(self) -> dict[str, Decimal]:
        """Signed shares of every symbol held."""
        return {symbol: p.shares for symbol, p in self.positions.items() if p.shares}


def ledger(entries: Iterable[Entry]) -> LedgerState:
    """All entries in the order of time; entries of one instant keep their given order.

    At any prices, to the last digit: net asset value = deposited + balanced + realised + unrealised + dividends - fees.
    """
    state = LedgerState()
    for entry in sorted(standing(entries), key=lambda e: e.at):
        state = _after(state, entry)
    return state


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that no later one supersedes, in their given order."""
    known = list(entries)
    gone = superseded((entry.entry_id, entry.supersedes, entry.at) for entry in known if entry.entry_id)
    return [entry for entry in known if not entry.entry_id or entry.entry_id not in gone]


def _after(state: LedgerState, entry: Entry) -> LedgerState:
    if entry.kind is EntryKind.FILL:
        return _filled(state, entry)
    if entry.kind is EntryKind.SPLIT:
        return _split(state, entry)
    state = replace(state, cash_usd=state.cash_usd + entry.amount_usd)
    if entry.kind is EntryKind.DIVIDEND:
        return replace(state, dividends_usd=state.dividends_usd + entry.amount_usd)
    if entry.kind is EntryKind.FEE:
        return replace(state, fees_usd=state.fees_usd - entry.amount_usd)
    came = entry.amount_usd + entry.shares * _price(state, entry)
    if entry.kind is EntryKind.BALANCE:
        state = replace(state, balanced_usd=state.balanced_usd + came)
    else:
        state = replace(state, deposited_usd=state.deposited_usd + came)
    return _moved(state, entry) if entry.symbol is not None else state


def _filled(state: LedgerState, entry: Entry) -> LedgerState:
    assert entry.price is not None, "a fill has a price"
    paid = entry.shares * entry.price
    state = replace(state, cash_usd=state.cash_usd - paid - entry.fee_usd, fees_usd=state.fees_usd + entry.fee_usd)
    return _moved(state, entry)


def _split(state: LedgerState, entry: Entry) -> LedgerState:
    """More shares (or fewer) for the same cost; cash in lieu of a fraction is profit."""
    assert entry.symbol is not None, "a split names its symbol"
    held = state.positions.get(entry.symbol, Position())
    state = replace(state, cash_usd=state.cash_usd + entry.amount_usd)
    shares, realised = held.shares + entry.shares, held.realised_usd + entry.amount_usd
    if not shares:  # all of it was a fraction: paid out, and what it cost with it
        return _with(state, entry.symbol, Position(realised_usd=realised - held.cost_usd))
    return _with(state, entry.symbol, replace(held, shares=shares, realised_usd=realised))


def _moved(state: LedgerState, entry: Entry) -> LedgerState:
    assert entry.symbol is not None, "shares have a symbol"
    held = state.positions.get(entry.symbol, Position())
    return _with(state, entry.symbol, traded(held, entry.shares, _price(state, entry)))


def _price(state: LedgerState, entry: Entry) -> Decimal:
    """What shares come or go at: the entry's price, or else the average cost of what is there."""
    if entry.price is not None or entry.symbol is None:
        return entry.price or ZERO
    average = state.positions.get(entry.symbol, Position()).average_cost
    return average.quantize(COST_STEP) if average is not None else ZERO


def traded(held: Position, shares: Decimal, price: Decimal) -> Position:
    """A position after buying (or selling, negative) shares at a price, by average cost.

    What closes realises its profit; what goes beyond zero opens the other side at the price.
    """
    if held.shares * shares >= 0:
        return replace(held, shares=held.shares + shares, cost_usd=held.cost_usd + shares * price)
    closing = -shares if abs(shares) <= abs(held.shares) else held.shares
    whole = closing == held.shares
    cost_closed = held.cost_usd if whole else (held.cost_usd * closing / held.shares).quantize(COST_STEP)
    rest = held.shares + shares
    opened = rest if rest * shares > 0 else ZERO
    return Position(
        shares=rest,
        cost_usd=held.cost_usd - cost_closed + opened * price,
        realised_usd=held.realised_usd + closing * price - cost_closed,
    )


def _with(state: LedgerState, symbol: str, position: Position) -> LedgerState:
    return replace(state, positions={**state.positions, symbol: position})


@dataclass(frozen=True, slots=True)
class Worth:
    """USD at the given prices; exposures are fractions of net asset value."""

    nav_usd: Decimal
    gross: Decimal
    net: Decimal
    unrealised_usd: Decimal
    realised_usd: Decimal
    unpriced: tuple[str, ...]
    """Held symbols without a price; they are left out of every figure."""


def worth(state: LedgerState, prices: Mapping[str, Decimal]) -> Worth:
    """Value a ledger. Raises nothing: what cannot be priced is named."""
    held = {s: p for s, p in state.positions.items() if p.shares}
    values = {s: p.shares * prices[s] for s, p in held.items() if s in prices}
    nav = state.cash_usd + sum(values.values(), ZERO)
    return Worth(
        nav_usd=nav,
        gross=sum((abs(v) for v in values.values()), ZERO) / nav if nav else ZERO,
        net=sum(values.values(), ZERO) / nav if nav else ZERO,
        unrealised_usd=sum((held[s].unrealised_usd(prices[s]) for s in values), ZERO),
        realised_usd=sum((p.realised_usd for p in state.positions.values()), ZERO),
        unpriced=tuple(sorted(set(held) - set(values))),
    )


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How far below its best value the book is, and ever was."""

    high_water_usd: Decimal
    now: Decimal
    """Fraction below the high-water mark, 0 at the top."""
    deepest: Decimal


def drawdown(navs: Sequence[Decimal]) -> Drawdown:
    """From net asset values, oldest first. Raises: ValueError when there is none."""
    if not navs:
        raise ValueError("no net asset value is on record")
    top, deepest, now = navs[0], ZERO, ZERO
    for nav in navs:
        top = max(top, nav)
        now = (top - nav) / top if top > 0 else ZERO
        deepest = max(deepest, now)
    return Drawdown(top, now, deepest)
