"""Zero or at least x % (`limits.min_position_pct`): a buy that would end in between is not begun; pure."""

from tasks.plan.sizing import SAME_WEIGHT

BELOW_LEAST_POSITION = "below_least_position"
"""The reason of a buy that the cash would cut to less."""


def is_too_low(weight: float, least_pct: float) -> bool:
    """Whether a book that holds a symbol with `least_pct` of net asset value or not at all has it at less."""
    return 0 < weight < least_pct / 100 - SAME_WEIGHT
