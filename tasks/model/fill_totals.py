"""What fills that count come to: shares, money, average price, and from when to when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.model.money import exact_sum
from tasks.model.orders import Execution

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FillTotals:
    """A sum of fills, exact to the last digit; of none, zeros and no instants."""

    fills: int = 0
    """Executions that count; a bust that cost a fee is one of them."""
    shares: Decimal = ZERO
    """Unsigned."""
    notional_usd: Decimal = ZERO
    """At the prices of the fills, without fees; never negative."""
    fees_usd: Decimal = ZERO
    """Positive is a cost."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    """Of the newest execution by its own time: a correction has the one that it came with."""

    @property
    def average_price(self) -> Decimal | None:
        """USD per share, without fees; None when nothing is filled."""
        return self.notional_usd / self.shares if self.shares else None


NOTHING_FILLED = FillTotals()


def added_up(fills: Iterable[Execution]) -> FillTotals:
    """Every one of them, corrections and busts not looked at: `executions` says which count, and asks this."""
    every = tuple(fills)
    instants = [fill.at for fill in every]
    return FillTotals(
        fills=len(every),
        shares=exact_sum(fill.shares for fill in every),
        notional_usd=exact_sum(fill.shares * fill.price for fill in every),
        fees_usd=exact_sum(fill.fee for fill in every),
        first_at=min(instants, default=None),
        last_at=max(instants, default=None),
    )
