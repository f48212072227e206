"""What a plan says where its forecast cost reaches into the cash reserve; pure."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tasks.model.money import exact_sum, rounded
from tasks.model.orders import Side
from tasks.model.plan import Finding, PlanLine, Severity
from tasks.plan.inputs import PlanInputs
from tasks.plan.line_words import pct, usd

BELOW_RESERVE = "reserve_below_after_cost"


def reserve_after_cost(lines: Sequence[PlanLine], inputs: PlanInputs) -> Iterator[Finding]:
    """An INFO where buys leave the reserve at their decision prices, and spread and impact would then take from it.

    Nothing without a reserve, and nothing where it is short without any cost: that is a limit that is not held, and
    told as one.
    """
    if not any(line.side is Side.BUY for line in lines):
        return
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
        f"the plan keeps the cash reserve of {usd(inputs.reserve_usd)} at its decision prices; the forecast cost takes "
        f"{usd(short)} of it and leaves {usd(left)}, {pct(float(left / inputs.nav_usd))}. Every wave keeps the "
        f"reserve at its own prices, so the last shares of a buy may stand over"
    )
