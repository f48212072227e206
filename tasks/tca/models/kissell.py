"""Kissell's I-Star: what an order of its size would cost at once, and how much of it a slower pace spares.

The published parameter sets differ threefold at small sizes; they come from different years. Source: Kissell (2013).
"""

from dataclasses import dataclass
from math import sqrt

from tasks.errors import BadDataError


@dataclass(frozen=True, slots=True)
class IStar:
    """Five parameters, within the bounds that their author gives.

    Raises: BadDataError for a parameter out of bounds.
    """

    scale: float
    """a1, bps."""
    size_exponent: float
    """a2."""
    volatility_exponent: float
    """a3."""
    pace_exponent: float
    """a4."""
    temporary_share: float
    """b1."""

    def __post_init__(self) -> None:
        exponents = (self.size_exponent, self.volatility_exponent, self.pace_exponent)
        within = 100 <= self.scale <= 1000 and all(0.1 <= power <= 1 for power in exponents)
        if not within or not 0.7 <= self.temporary_share <= 1:
            raise BadDataError(
                f"{self}: I-Star takes a scale of 100 to 1,000 bps, exponents of 0.1 to 1 "
                "and a temporary share of 0.7 to 1"
            )

    def instant_bps(self, share_of_adv: float, yearly_volatility: float) -> float:
        """I*: the cost of the whole order at once, a1 (Q/ADV)^a2 sigma^a3."""
        size, risk = share_of_adv**self.size_exponent, yearly_volatility**self.volatility_exponent
        return self.scale * size * risk

    def temporary_bps(self, share_of_adv: float, yearly_volatility: float, participation: float) -> float:
        """b1 I* POV^a4: what waiting spares."""
        whole = self.instant_bps(share_of_adv, yearly_volatility)
        return self.temporary_share * whole * participation**self.pace_exponent

    def permanent_bps(self, share_of_adv: float, yearly_volatility: float) -> float:
        """(1 - b1) I*: what no pace spares."""
        return (1 - self.temporary_share) * self.instant_bps(share_of_adv, yearly_volatility)

    def cost_bps(self, share_of_adv: float, yearly_volatility: float, participation: float) -> float:
        """MI, at a constant share `participation` of the volume, own shares included."""
        temporary = self.temporary_bps(share_of_adv, yearly_volatility, participation)
        return temporary + self.permanent_bps(share_of_adv, yearly_volatility)


ALL_US = IStar(708, 0.55, 0.71, 0.50, 0.98)
"""As quoted for all US stocks."""


def without_waiting(cost: float, shares: float, adv_shares: float, temporary_share: float = 0.95) -> float:
    """The instant cost I behind a cost of the older form, I (b1 / eta + 1 - b1) with eta = (X + ADV / 2) / X.

    In the unit of `cost`. Source: Kissell and Glantz (2003), as in Johnson (2010) equation 6-5.
    """
    return cost / (temporary_share / dissipation(shares, adv_shares) + 1 - temporary_share)


def dissipation(shares: float, adv_shares: float) -> float:
    """eta, by which the temporary part of the older form is divided."""
    return (shares + adv_shares / 2) / shares


def timing_risk_bps(volatility: float, share_of_adv: float, participation: float) -> float:
    """One standard deviation of the cost of an order worked at a constant participation rate (own shares included).

    sigma sqrt(S (1 - POV) / (3 POV)): the price risk of the holding as it runs off, with daily volatility in place of
    yearly.
    """
    return volatility * sqrt(share_of_adv * (1 - participation) / (3 * participation)) * 1e4
