"""What a plan says where a sale brings cash up to its reserve, and its own cost takes some of it again; pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tasks.model.money import exact_sum, rounded
from tasks.model.plan import Finding, PlanLine, Severity
from tasks.plan.inputs import PlanInputs
from tasks.plan.line_words import pct
from tasks.wording import dollars

BELOW_RESERVE = "reserve_below_after_cost"


def reserve_after_cost(lines: Sequence[PlanLine], inputs: PlanInputs) -> Iterator[Finding]:
    """An INFO where the reserve is left at the decision prices, and what the trades are forecast to cost is not there.

    Buys are cut to what keeps it (`cash.fit_to_cash`). So it is a plan of sales: the cash was below its reserve before
    them, and no more is sold than is wanted. Nothing where it is short without any cost: that is a limit not held.
    """
    moved = exact_sum(line.side.sign * line.notional_usd for line in lines if line.side)
    cost = exact_sum(rounded(Decimal(repr(line.estimate.total_usd))) for line in lines if line.estimate)
    paid, reserve = inputs.cash_usd - moved, inputs.reserve_usd
    short = rounded(reserve - (paid - cost))
    if paid >= reserve > 0 and short > 0:
        yield Finding(
            Severity.INFO, BELOW_RESERVE, inputs.account, _sentence(paid - cost, short, inputs), session=inputs.session
        )


def _sentence(left: Decimal, short: Decimal, inputs: PlanInputs) -> str:
    return (
        f"the sales bring cash up to its reserve of {dollars(inputs.reserve_usd)} at their decision prices; their "
        f"forecast cost takes {dollars(short)} of it and leaves {dollars(left)}, {pct(float(left / inputs.nav_usd))}. "
        "Nothing is bought, and no more is sold for it"
    )
