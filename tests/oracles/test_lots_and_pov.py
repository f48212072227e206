"""Rounding to lots and percentage of volume against worked examples."""

from decimal import Decimal

from optimizer.slicing.lots import largest_remainder
from optimizer.slicing.pov_cap import pov_slice


def test_ten_thousand_shares_by_a_curve_in_lots_of_a_hundred():
    """SL-01, largest-remainder rounding: the total is kept and every slice is within one lot of its ideal."""
    curve = [0.155, 0.105, 0.08, 0.07, 0.065, 0.06, 0.065, 0.075, 0.1, 0.225]
    lots = largest_remainder(Decimal(10_000), curve, Decimal(100))
    assert sum(lots) == 10_000
    assert all(lot % 100 == 0 for lot in lots)
    assert all(abs(float(lot) - 10_000 * share) <= 100 for lot, share in zip(lots, curve, strict=True))


def test_ten_percent_of_all_volume_is_a_ninth_of_the_others():
    """SL-02: the child is others * p / (1 - p), 10,000 for 90,000 shares of others at 10 %."""
    assert pov_slice(Decimal(50_000), Decimal(90_000), Decimal(0), 0.10, Decimal(1)) == 10_000
