"""Permanent and temporary impact as fitted to US equity orders of 2001 to 2003.

Source: Almgren, Thum, Hauptmann and Li (2005).
"""

PERMANENT_COEFFICIENT = 0.314
TEMPORARY_COEFFICIENT = 0.142
"""gamma and eta of the paper."""


def permanent_bps(volatility: float, share_of_adv: float, outstanding_over_adv: float) -> float:
    """gamma sigma X/V (Theta/V)^(1/4): the whole move that stays; an order pays half."""
    return PERMANENT_COEFFICIENT * volatility * share_of_adv * outstanding_over_adv**0.25 * 1e4


def temporary_bps(volatility: float, share_of_adv: float, days: float) -> float:
    """eta sigma |X / (V T)|^(3/5), T in days of volume time."""
    return TEMPORARY_COEFFICIENT * volatility * (share_of_adv / days) ** 0.6 * 1e4


def almgren_2005_bps(volatility: float, share_of_adv: float, outstanding_over_adv: float, days: float) -> float:
    """Cost of an order: half the permanent plus the temporary impact."""
    permanent = permanent_bps(volatility, share_of_adv, outstanding_over_adv)
    return permanent / 2 + temporary_bps(volatility, share_of_adv, days)
