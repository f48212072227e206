"""How alike the orders of two groups were before anybody traded them: what else could explain a difference in cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, median, variance

from tasks.tca.period_orders import PeriodOrder

UNLIKE = 0.25
"""Standardised differences above it are too large to be mended by adjustment. Source: Imbens and Rubin (2015)."""


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One property of the orders of two groups; None where a group has no order with it."""

    name: str
    first: float | None
    second: float | None
    """Medians, or means of a share."""
    standardised: float | None
    """Difference of means over the root of the mean variance; None where nothing varies."""

    @property
    def is_unlike(self) -> bool:
        """Whether the groups differ too much in it; where nothing varies within them, whether they differ at all."""
        if self.standardised is None:
            return None not in (self.first, self.second) and self.first != self.second
        return abs(self.standardised) > UNLIKE


_Property = tuple[str, Callable[[PeriodOrder], float | None], Callable[[Sequence[float]], float]]
PROPERTIES: tuple[_Property, ...] = (
    (
        "size, median % of ADV",
        lambda order: None if order.share_of_adv is None else order.share_of_adv * 100,
        median,
    ),
    ("paper notional, median USD", lambda order: float(order.paper_notional_usd), median),
    ("buys, % of orders", lambda order: 100.0 if order.side == "BUY" else 0.0, mean),
    ("pre-trade estimate, median bps", lambda order: order.estimate_bps, median),
)


def balance_of(first: Sequence[PeriodOrder], second: Sequence[PeriodOrder]) -> tuple[BalanceLine, ...]:
    """A line for each property that was known before the first share was traded."""
    return tuple(
        _line(name, _values(first, value_of), _values(second, value_of), middle)
        for name, value_of, middle in PROPERTIES
    )


def _values(orders: Sequence[PeriodOrder], value_of: Callable[[PeriodOrder], float | None]) -> list[float]:
    return [value for order in orders if (value := value_of(order)) is not None]


def _line(
    name: str, first: Sequence[float], second: Sequence[float], middle: Callable[[Sequence[float]], float]
) -> BalanceLine:
    if not first or not second:
        return BalanceLine(name, middle(first) if first else None, middle(second) if second else None, None)
    return BalanceLine(name, float(middle(first)), float(middle(second)), _standardised(first, second))


def _standardised(first: Sequence[float], second: Sequence[float]) -> float | None:
    if min(len(first), len(second)) < 2:
        return None
    spread = sqrt((variance(first) + variance(second)) / 2)
    return (mean(first) - mean(second)) / spread if spread > 0 else None
