"""The square-root law of impact, whose exponent varies a little from study to study. Source: Toth et al. (2011)."""


def square_root_peak_bps(volatility: float, share_of_adv: float, y: float = 1.0, exponent: float = 0.5) -> float:
    """Impact at the end of an order: Y sigma (Q / V)^delta."""
    return y * volatility * share_of_adv**exponent * 1e4


def square_root_average_bps(volatility: float, share_of_adv: float, y: float = 1.0, exponent: float = 0.5) -> float:
    """What an order worked at a constant rate pays on average: the peak divided by 1 + delta."""
    return square_root_peak_bps(volatility, share_of_adv, y, exponent) / (1 + exponent)
