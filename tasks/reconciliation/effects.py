"""What one break would do to shares and cash if the broker's side of it were booked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tasks.model.orders import Execution
from tasks.reconciliation.break_text import execution_of, line_of
from tasks.reconciliation.breaks import FILL_KINDS, BreakKind

ZERO = Decimal(0)


class TwoSided(Protocol):
    """A break, as it was found or as it is on record."""

    @property
    def symbol(self) -> str | None:
        """None is cash."""
        ...

    @property
    def kind(self) -> str:
        """As in BreakKind."""
        ...

    @property
    def ours(self) -> str:
        """As text; a figure is written as the journal writes it."""
        ...

    @property
    def theirs(self) -> str:
        """As text, in the spelling of `ours`."""
        ...


@dataclass(frozen=True, slots=True)
class Effect:
    """Theirs less ours."""

    shares: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Signed, by symbol."""
    cash_usd: Decimal = ZERO


def effect_of(item: TwoSided) -> Effect:
    """Of a fill or a statement line: what explains other breaks. Anything else explains nothing but itself."""
    if item.kind in FILL_KINDS:
        return _less(_of_fill(execution_of(item.theirs)), _of_fill(execution_of(item.ours)))
    if item.kind == BreakKind.STATEMENT:
        line = line_of(item.theirs)
        return Effect({line.symbol: line.shares} if line.symbol and line.shares else {}, line.amount_usd)
    return Effect()


def difference_of(item: TwoSided) -> Decimal | None:
    """Theirs less ours of a shares or cash break; None for any other kind."""
    if item.kind not in (BreakKind.SHARES, BreakKind.CASH):
        return None
    return Decimal(item.theirs) - Decimal(item.ours)


def _of_fill(fill: Execution | None) -> Effect:
    if fill is None:
        return Effect()
    signed = fill.side.sign * fill.shares
    return Effect({fill.symbol: signed}, -signed * fill.price - fill.fee)


def _less(theirs: Effect, ours: Effect) -> Effect:
    moves = {s: theirs.shares.get(s, ZERO) - ours.shares.get(s, ZERO) for s in {*theirs.shares, *ours.shares}}
    return Effect({s: n for s, n in moves.items() if n}, theirs.cash_usd - ours.cash_usd)
