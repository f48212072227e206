"""Half-spread plus the 3/2 power of the size: the cost that a convex optimizer takes.

Source: Boyd et al. (2017), equation 2.2, with its coefficient b near 1.
"""


def three_halves_bps(half_spread: float, volatility: float, share_of_adv: float, coefficient: float = 1.0) -> float:
    """a + b sigma (x / V)^(1/2) of the dollars traded, in bps; `half_spread` is a fraction of the price.

    `share_of_adv` is of dollars, and volatility of the period that V belongs to.
    """
    return (half_spread + coefficient * volatility * share_of_adv**0.5) * 1e4
