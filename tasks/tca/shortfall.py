"""Implementation shortfall: what a decision cost on its way to the book, split without a remainder.

Signs: a positive amount is a cost, for buys and sells alike. Amounts are USD and exact; bps are of the paper
notional, the whole order at its decision price, whatever was filled.

    whole_order  delay  s Q (P0 - Pd)   trading s (v - q P0)   opportunity s (Q - q)(Pn - P0)
    executed     delay  s q (P0 - Pd)   trading s (v - q P0)   opportunity s (Q - q)(Pn - Pd)
    no arrival   delay  n/a             trading s (v - q Pd)   opportunity s (Q - q)(Pn - Pd)

with s the side's sign, Q ordered and q filled shares, v what was paid, Pd, P0, Pn the decision, arrival and end price;
fees come on top and the total is the same in every form.

Source: Perold (1988); Wagner and Edwards (1993); Kissell (2013) chapter 3; Johnson (2010) section 6.4; CFA Institute
level III trade execution (`executed`).
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from tasks.model.money import BPS, EXACT, exact_sum
from tasks.model.orders import Side


class Convention(StrEnum):
    """Whether the shares that never traded are charged to delay or to opportunity."""

    WHOLE_ORDER = "whole_order"
    EXECUTED = "executed"


@dataclass(frozen=True, slots=True)
class Trade:
    """An order reduced to what its shortfall depends on; shares unsigned, prices USD per share, fees USD."""

    side: Side
    shares: Decimal
    decision_price: Decimal
    arrival_price: Decimal | None
    end_price: Decimal | None
    filled_shares: Decimal
    filled_value_usd: Decimal
    fees_usd: Decimal

    def __post_init__(self) -> None:
        if self.shares <= 0 or self.decision_price <= 0:
            raise ValueError(f"shares {self.shares} and decision price {self.decision_price} must be positive")

    @property
    def unfilled_shares(self) -> Decimal:
        """Negative when more was filled than ordered."""
        return self.shares - self.filled_shares


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The parts of one order's shortfall in USD; None is `n/a`, which is not zero."""

    convention: Convention
    paper_notional_usd: Decimal
    delay_usd: Decimal | None
    trading_usd: Decimal
    opportunity_usd: Decimal | None
    fees_usd: Decimal
    overfilled_shares: Decimal
    """Shares beyond the order; they are marked to the end price inside `opportunity_usd`."""

    @property
    def parts(self) -> tuple[Decimal | None, ...]:
        """Delay, trading, opportunity, fees."""
        return (self.delay_usd, self.trading_usd, self.opportunity_usd, self.fees_usd)

    @property
    def total_usd(self) -> Decimal | None:
        """None when shares are left and nobody knows what they are worth; a missing arrival leaves it whole."""
        if self.opportunity_usd is None:
            return None
        return exact_sum(part for part in self.parts if part is not None)

    def bps(self, amount_usd: Decimal | None) -> Decimal | None:
        """An amount in basis points of the paper notional."""
        return None if amount_usd is None else amount_usd / self.paper_notional_usd * BPS


def implementation_shortfall(trade: Trade, convention: Convention = Convention.WHOLE_ORDER) -> Shortfall:
    """Split one order's shortfall; parts add up to paper minus actual return exactly."""
    with localcontext(EXACT):
        sign, decision, arrival = trade.side.sign, trade.decision_price, trade.arrival_price
        start = decision if arrival is None else arrival
        whole = convention is Convention.WHOLE_ORDER
        delayed = trade.shares if whole else trade.filled_shares
        return Shortfall(
            convention=convention,
            paper_notional_usd=trade.shares * decision,
            delay_usd=None if arrival is None else sign * delayed * (arrival - decision),
            trading_usd=sign * (trade.filled_value_usd - trade.filled_shares * start),
            opportunity_usd=_opportunity(trade, start if whole else decision),
            fees_usd=trade.fees_usd,
            overfilled_shares=max(-trade.unfilled_shares, Decimal(0)),
        )


def _opportunity(trade: Trade, reference: Decimal) -> Decimal | None:
    """Cost of the shares that were not traded, from `reference` to the end price."""
    if trade.unfilled_shares == 0:
        return Decimal(0)
    if trade.end_price is None:
        return None
    return trade.side.sign * trade.unfilled_shares * (trade.end_price - reference)


def paper_minus_actual(trade: Trade, end_price: Decimal) -> Decimal:
    """Perold's definition, the control of every decomposition: return on paper less the return really made, USD."""
    with localcontext(EXACT):
        paper = trade.side.sign * trade.shares * (end_price - trade.decision_price)
        actual = trade.side.sign * (trade.filled_shares * end_price - trade.filled_value_usd) - trade.fees_usd
        return paper - actual
