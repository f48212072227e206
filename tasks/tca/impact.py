"""Published market-impact models: second opinions beside the estimate the book traded on.

All results are bps of the price and positive. They disagree by a factor of two to eight, so none of them is the truth;
volatility is the standard deviation of daily returns as a fraction, sizes are fractions of average daily volume.
"""

from math import sqrt

PERMANENT_COEFFICIENT = 0.314
TEMPORARY_COEFFICIENT = 0.142
"""gamma and eta of Almgren, Thum, Hauptmann and Li (2005), who fitted US equity orders of 2001 to 2003."""


def power_law_bps(share_of_adv: float) -> float:
    """0.314 % of the price times (shares / ADV)^0.6: blind to volatility, spread and horizon, fitted to nothing."""
    return 0.314 / 100 * share_of_adv**0.6 * 1e4


def square_root_peak_bps(volatility: float, share_of_adv: float, y: float = 1.0, exponent: float = 0.5) -> float:
    """Impact at the end of an order: Y sigma (Q / V)^delta. Source: Toth et al. (2011)."""
    return y * volatility * share_of_adv**exponent * 1e4


def square_root_average_bps(volatility: float, share_of_adv: float, y: float = 1.0, exponent: float = 0.5) -> float:
    """What an order worked at a constant rate pays on average: the peak divided by 1 + delta."""
    return square_root_peak_bps(volatility, share_of_adv, y, exponent) / (1 + exponent)


def permanent_bps(volatility: float, share_of_adv: float, outstanding_over_adv: float) -> float:
    """gamma sigma X/V (Theta/V)^(1/4): the whole move that stays; an order pays half. Source: Almgren et al. (2005)."""
    return PERMANENT_COEFFICIENT * volatility * share_of_adv * outstanding_over_adv**0.25 * 1e4


def temporary_bps(volatility: float, share_of_adv: float, days: float) -> float:
    """eta sigma |X / (V T)|^(3/5), T in days of volume time. Source: Almgren et al. (2005)."""
    return TEMPORARY_COEFFICIENT * volatility * (share_of_adv / days) ** 0.6 * 1e4


def almgren_2005_bps(volatility: float, share_of_adv: float, outstanding_over_adv: float, days: float) -> float:
    """Cost of an order: half the permanent plus the temporary impact."""
    permanent = permanent_bps(volatility, share_of_adv, outstanding_over_adv)
    return permanent / 2 + temporary_bps(volatility, share_of_adv, days)


def timing_risk_bps(volatility: float, share_of_adv: float, participation: float) -> float:
    """One standard deviation of the cost of an order worked at a constant participation rate (own shares included).

    sigma sqrt(S (1 - POV) / (3 POV)): the price risk of the holding as it runs off. Source: Kissell (2013), with daily
    volatility in place of yearly.
    """
    return volatility * sqrt(share_of_adv * (1 - participation) / (3 * participation)) * 1e4


def cost_z(cost_bps: float, estimate_bps: float, risk_bps: float) -> float:
    """Surprise in timing risks; over many orders a good model has mean 0 and variance 1."""
    return (cost_bps - estimate_bps) / risk_bps
