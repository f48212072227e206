"""What a broker takes for orders, and what it leaves money for: the one formula of planning, sending and simulating."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal

ZERO = Decimal(0)
_FLOOR = Context(rounding=ROUND_FLOOR)
"""A quotient is never a digit too large: so many shares are surely paid for."""


@dataclass(frozen=True, slots=True)
class Commission:
    """USD: so much a share, and for every order of which anything fills at least the minimum."""

    per_share: Decimal = ZERO
    minimum: Decimal = ZERO

    def of(self, shares: Decimal, orders: int = 1) -> Decimal:
        """Of shares that fill in so many orders of the same size; nothing for nothing. Not rounded."""
        return max(self.per_share * shares, self.minimum * orders) if shares > 0 else ZERO

    def at_most(self, shares: Decimal, orders: int) -> Decimal:
        """However unequal the orders are: each pays the minimum at least, and no share costs more than its rate."""
        return self.per_share * shares + self.minimum * orders if shares > 0 else ZERO

    def shares_for(self, usd: Decimal, price: Decimal, orders: int = 1) -> Decimal:
        """The most shares, not rounded to a step, that so much money pays for at a price with `at_most` of it.

        Below zero where the money does not even pay the minimum.
        """
        return _FLOOR.divide(usd - self.minimum * orders, price + self.per_share)


NO_COMMISSION = Commission()
"""Where trades are free, or nobody said what they cost."""
