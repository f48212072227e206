"""One difference between our ledger and the broker's word, as it was found. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from tasks.reconciliation.kinds import BreakKind


@dataclass(frozen=True, slots=True)
class Break:
    symbol: str | None
    """None is cash."""
    kind: BreakKind
    ours: str
    """A figure, an order's key, or an execution as `telling` writes it; `none` where this side has nothing."""
    theirs: str
    amount_usd: Decimal | None
    """What it is worth, None where nobody can say.

    Cash, shares (at the last price), fees and statement lines: theirs less ours. A fill that one side lacks: its value,
    unsigned. A changed or corrected fill: how far the two values are apart, unsigned.
    """
    sentence: str
