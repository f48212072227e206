"""The uncalibrated default: a power of the size alone."""

COEFFICIENT, EXPONENT = 0.00314, 0.6
"""Fraction of the price at the whole average daily volume; a published pair, but of two different terms of a model."""


def power_law_bps(share_of_adv: float) -> float:
    """0.314 % of the price times (shares / ADV)^0.6: blind to volatility, spread and horizon, fitted to nothing."""
    return COEFFICIENT * share_of_adv**EXPONENT * 1e4
