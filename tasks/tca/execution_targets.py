"""What a book asks of its executions."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ExecutionTargets:
    """What is asked; a book names its own under `tca`."""

    fill_rate_pct: Decimal = Decimal(95)
    """At least."""
    time_to_fill_s: Decimal = Decimal(2)
    """Below: the median of market orders, from sending to the first fill."""
    market_slippage_bps: Decimal = Decimal(5)
    """Below, against arrival."""
    limit_slippage_bps: Decimal = Decimal(2)
    total_cost_bps: Decimal = Decimal(25)
    """Below: the whole shortfall."""
    score: Decimal = Decimal(85)
    """Above."""
    score_thresholds_bps: tuple[Decimal, Decimal, Decimal] = (Decimal(5), Decimal(15), Decimal(50))
    """Shortfalls that score 85, 50 and 0."""
