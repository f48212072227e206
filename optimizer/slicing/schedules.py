"""The schedules: how many shares of one order are planned for each wave."""

from collections.abc import Sequence
from decimal import Decimal

from optimizer.slicing.almgren_chriss import LinearImpact, almgren_chriss
from optimizer.slicing.lots import largest_remainder

Shares = tuple[Decimal, ...]
"""(waves,) unsigned shares per wave; the sum is exactly the order."""


def twap(shares: Decimal, waves: int, step: Decimal) -> Shares:
    """Time-weighted: the same in every wave."""
    return largest_remainder(shares, [1.0] * waves, step)


def vwap(shares: Decimal, curve: Sequence[float], step: Decimal) -> Shares:
    """Volume-weighted: in proportion to the expected volume of each wave, `curve` (waves,) of any sum."""
    return largest_remainder(shares, curve, step)


def implementation_shortfall(
    shares: Decimal,
    waves: int,
    step: Decimal,
    *,
    horizon_days: float,
    sigma: float,
    impact: LinearImpact,
    risk_aversion: float,
) -> Shares:
    """Front-loaded after Almgren and Chriss: the more price risk against impact, the earlier.

    `horizon_days`: length of the trading window as a fraction of the session, not 1 for a part of a day, or the
    impact of a fast order is understated. `sigma` in USD per share and sqrt(day); `risk_aversion` per USD.
    Raises: ValueError as `almgren_chriss`.
    """
    path = almgren_chriss(float(shares), horizon_days, waves, sigma, impact, risk_aversion)
    return largest_remainder(shares, [max(trade, 0.0) for trade in path.trades] if shares else [1.0] * waves, step)


def immediate(shares: Decimal, waves: int) -> Shares:
    """Everything in the first wave."""
    return (shares, *_nothing(waves - 1))


def _nothing(waves: int) -> Shares:
    if waves < 0:
        raise ValueError("a schedule needs at least one wave")
    return (Decimal(0),) * waves
