"""Which prices a contract takes: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Increments = Sequence[tuple[Decimal, Decimal]]
"""Lower edge of a price band and the step inside it, USD, lowest band first."""


@dataclass(frozen=True, slots=True)
class Traded:
    """What is known of a contract that orders can name."""

    symbol: str
    con_id: int
    primary_exchange: str
    increments: tuple[tuple[Decimal, Decimal], ...]
    share_step: Decimal

    def price_step(self, price: Decimal) -> Decimal:
        """USD at this price."""
        return next((step for edge, step in reversed(self.increments) if price >= edge), self.increments[0][1])

    def takes_price(self, price: Decimal) -> bool:
        """Whether a positive price is a multiple of the increment that holds at this price."""
        return price > 0 and price % self.price_step(price) == 0
