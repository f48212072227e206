"""One difference between our ledger and the broker's word: what differs, and by how much. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class BreakKind(StrEnum):
    """What differs."""

    SHARES = "shares"
    CASH = "cash"
    MISSING_FILL = "missing_fill"
    """The broker reports an execution, or a correction of one, that we do not have."""
    EXTRA_FILL = "extra_fill"
    """We have a fill that the broker does not report."""
    CHANGED_FILL = "changed_fill"
    """Both have the execution, with other terms: symbol, side, shares or price."""
    FEE = "fee"
    """Both have the execution, with another fee."""
    STATEMENT = "statement"
    """The broker's statement has a dividend, a split or a fee that is not booked."""
    OPEN_ORDER = "open_order"
    """An order works at the broker although our record says it is over, or it is not ours."""
    LOST_ORDER = "lost_order"
    """An order works by our record, and the broker does not know it."""


FILL_KINDS = frozenset({BreakKind.MISSING_FILL, BreakKind.EXTRA_FILL, BreakKind.CHANGED_FILL, BreakKind.FEE})
ORDER_KINDS = frozenset({BreakKind.OPEN_ORDER, BreakKind.LOST_ORDER})


class Cause(StrEnum):
    """Why it differs, as far as the evidence tells."""

    MISSED_FILL = "missed_fill"
    BUST_OR_CORRECTION = "bust_or_correction"
    DIVIDEND = "dividend"
    SPLIT = "split"
    FEE = "fee"
    MANUAL_TRADE = "manual_trade"
    """A trade in the account under a key that is not ours."""
    BROKER_LIQUIDATION = "broker_liquidation"
    """A trade by the broker itself."""
    OPEN_ORDER = "open_order"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Break:
    """One difference between our record and the broker's word; texts are as a person reads them."""

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
