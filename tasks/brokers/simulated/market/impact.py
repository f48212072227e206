"""Our own impact on the price: square root in what we have displaced, forgotten exponentially.

All our trades in a symbol add to one signed number of displaced shares, Q. It moves the price by the fraction
I(Q) = sign(Q) * coefficient * volatility * sqrt(|Q| / day's volume). Q itself decays, twice as fast as the half-life
says, so that the impact, its root, halves in one half-life. A trade pays the average of I over the shares it
displaces.

With a constant market price no sequence of trades can earn from its own impact: the cost of all trades is
F(Q_end) plus the integral of what decayed, both never negative, F being the integral of I.
Source: Alfonsi, Fruth and Schied (2010), "Optimal execution strategies in limit order books with general shape
functions", the model with exponential recovery of the volume; the square root is Almgren et al. (2005), "Direct
Estimation of Equity Market Impact", simplified.
"""

from dataclasses import dataclass
from math import copysign, inf, sqrt

LARGEST_SHIFT = 0.5
"""Where the square root stops meaning anything: the price never moves further than this for us, either way."""


@dataclass(frozen=True, slots=True)
class Impact:
    """One symbol's impact in one session."""

    scale: float
    """Fraction of the price that a whole day's volume moves: coefficient * daily volatility."""
    day_volume: float
    """Shares, positive."""

    def shift(self, displaced: float) -> float:
        """Fraction by which the market stands higher (positive) or lower after `displaced` signed shares."""
        return _bounded(copysign(self.scale * sqrt(abs(displaced) / self.day_volume), displaced))

    def average_shift(self, displaced: float, traded: float) -> float:
        """Average fraction over a trade of signed shares that starts from `displaced`."""
        if traded == 0:
            return self.shift(displaced)
        return _bounded((self._area(displaced + traded) - self._area(displaced)) / traded)

    def room(self, displaced: float, sign: int, worst: float) -> float:
        """Shares that can trade in direction `sign` before the market has moved by more than `worst` that way."""
        here = sign * displaced
        if self.scale == 0:
            return inf if worst >= 0 else 0.0
        if worst >= LARGEST_SHIFT:
            return inf
        there = copysign((worst / self.scale) ** 2 * self.day_volume, worst)
        return max(0.0, there - here)

    def _area(self, displaced: float) -> float:
        return self.scale * sqrt(abs(displaced) / self.day_volume) * abs(displaced) * 2 / 3


def decayed(displaced: float, minutes: float, half_life_min: float) -> float:
    """What is left of the displaced shares after a while: a quarter after one half-life, so that its root is a half."""
    return displaced * 0.25 ** (minutes / half_life_min)


def _bounded(fraction: float) -> float:
    return min(max(fraction, -LARGEST_SHIFT), LARGEST_SHIFT)
