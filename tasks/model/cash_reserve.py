"""How much cash a book keeps: one formula for its checks, its targets, its plan and every wave of it; pure."""

from decimal import Decimal

ZERO = Decimal(0)


def reserve_usd(nav_usd: Decimal, reserve_pct: float, reserve_floor_usd: Decimal = ZERO) -> Decimal:
    """USD: the share of net asset value or the fixed amount, whichever is more; never below zero.

    `nav_usd` counts every position, also those that are not traded today: it is the book that keeps the reserve.
    """
    return max(max(nav_usd, ZERO) * Decimal(str(reserve_pct)) / 100, reserve_floor_usd, ZERO)


def reserve_fraction(nav_usd: Decimal, reserve_pct: float, reserve_floor_usd: Decimal = ZERO) -> float:
    """The same as a part of a net asset value above zero."""
    return float(reserve_usd(nav_usd, reserve_pct, reserve_floor_usd) / nav_usd)
