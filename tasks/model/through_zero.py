"""Orders that would turn a position around: no broker of ours takes one, and none is sent; pure."""

from decimal import Decimal

from tasks.model.orders import Side


def goes_through_zero(side: Side, shares: Decimal, held: Decimal) -> bool:
    """Whether one order would make a long position short, or a short one long. `held` is signed, `shares` are not."""
    return held * side.sign < 0 and shares > abs(held)
