"""The report's summary in plain words, each sentence from figures that stand in its tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, sqrt

from tasks.model.orders import Algorithm
from tasks.model.plan import of_shares
from tasks.tca.estimates import EstimateTotal
from tasks.tca.inputs import ReportInputs
from tasks.tca.open_points import OpenPoint
from tasks.tca.order_line import OrderLine
from tasks.tca.statistics import MIN_ORDERS, GroupLine, Verdict, orders_needed
from tasks.wording import counted, dollars

TELL_APART_BPS = 2.0
"""The difference between two algorithms worth acting on."""
MOST_NAMED = 8
ALGORITHM_NAMES: dict[str, str] = {
    Algorithm.IMMEDIATE: "Immediate",
    Algorithm.TWAP: "TWAP",
    Algorithm.VWAP: "VWAP",
    Algorithm.POV: "POV",
    Algorithm.IMPLEMENTATION_SHORTFALL: "Implementation shortfall",
    Algorithm.AT_OPEN: "At open",
    Algorithm.AT_CLOSE: "At close",
}


def usd(amount: Decimal) -> str:
    """$1,234.50, with a true minus sign when negative."""
    return dollars(amount).replace("-", "−")


def bps(value: Decimal) -> str:
    """With two decimals and a true minus sign; positive is a cost."""
    return f"{value:,.2f} bps".replace("-", "−")


def summary(
    inputs: ReportInputs,
    total: GroupLine,
    lines: Sequence[OrderLine],
    estimates: EstimateTotal | None,
    points: Sequence[OpenPoint],
) -> tuple[str, ...]:
    """The report in sentences, as a person reads it first; the same figures as in its tables."""
    return (
        *_plan(inputs),
        *_fills(total, counts_of(lines)),
        *_cost(total),
        *_confidence(total),
        *_forecast(estimates),
        *_dearest(lines),
        *_books(inputs, points),
    )


@dataclass(frozen=True, slots=True)
class FillCounts:
    """How many orders there are, and how many of them were filled not at all and in part."""

    orders: int
    unfilled: int
    in_part: int


def orders_summary(total: GroupLine, counts: FillCounts, lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """The sentences that need nothing but orders: no plan, no forecast, no ledger. `lines` have the dearest order."""
    if not counts.orders:
        return ("No order can be measured.",)
    without = "no decision price or no arrival price; its delay is n/a"
    return (*_fills(total, counts), *_cost(total, without), *_confidence(total), *_dearest(lines, with_id=True))


def _plan(inputs: ReportInputs) -> Iterator[str]:
    trades = len(inputs.plan.trades)
    rest = len(inputs.plan.lines) - trades
    yield f"The plan held {counted(trades, 'trade')} and {counted(rest, 'decision')} not to trade, each with a reason."
    held_back = [line for line in inputs.plan.lines if line.stands_over]
    if held_back:
        names = [f"{x.symbol} {of_shares(x.standing_over)}" if x.standing_over else x.symbol for x in held_back]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        named = ", ".join(names[:MOST_NAMED]) + more
        yield f"{counted(len(held_back), 'trade stands', 'trades stand')} over: {named}."


def counts_of(lines: Sequence[OrderLine]) -> FillCounts:
    """Of these lines."""
    none = sum(line.filled_shares == 0 for line in lines)
    return FillCounts(len(lines), none, sum(0 < line.filled_shares < line.shares for line in lines))


def _fills(total: GroupLine, counts: FillCounts) -> Iterator[str]:
    if not counts.orders:
        yield "No order was sent in this session, so there is no execution to judge."
        return
    none, part = counts.unfilled, counts.in_part
    full = counts.orders - none - part
    worth = f"worth {usd(total.costs.paper_notional_usd)} at decision prices"
    filled = f"{full} filled in full, {part} in part, {none} not at all"
    if not total.left_out:
        yield (f"{counted(counts.orders, 'order')} {worth}: {filled}; {total.fill_pct} % of their value was executed.")
        return
    yield f"{counted(counts.orders, 'order')}: {filled}."
    rest = "had no price for its unfilled rest and is left out of every total"
    if total.left_out > 1:
        rest = "had no price for their unfilled rests and are left out of every total"
    yield f"{counted(total.left_out, 'order')} {rest}."
    if total.orders:
        others = f"{counted(total.orders, 'order')} {'is' if total.orders == 1 else 'are'} {worth}"
        yield f"The other {others}; {total.fill_pct} % of {'its' if total.orders == 1 else 'their'} value was executed."


def _cost(total: GroupLine, without: str = "no arrival price; its delay is inside trading") -> Iterator[str]:
    costs = total.costs
    if costs.total_usd is None or costs.total_bps is None:
        return
    word = "cost" if costs.total_usd >= 0 else "gained"
    yield f"Together they {word} {usd(abs(costs.total_usd))}, {bps(abs(costs.total_bps))} of what was decided."
    parts = (
        ("delay", costs.delay_usd),
        ("trading", costs.trading_usd),
        ("opportunity", costs.opportunity_usd),
        ("fees", costs.fees_usd),
    )
    yield "Of this, " + ", ".join(f"{name} {'n/a' if v is None else usd(v)}" for name, v in parts) + "."
    if total.without_delay:
        yield f"{counted(total.without_delay, 'order')} had {without}."


def _confidence(total: GroupLine) -> Iterator[str]:
    error, low, high = total.standard_error_bps, total.low_bps, total.high_bps
    if error is None or low is None or high is None:
        return
    meaning = {
        Verdict.TOO_FEW: f"fewer than {MIN_ORDERS} orders are too few to judge",
        Verdict.NOT_SIGNIFICANT: "it holds zero, so this session alone proves neither a cost nor a gain",
        Verdict.COST: "a cost beyond what chance would give",
        Verdict.GAIN: "a gain beyond what chance would give",
    }[total.verdict]
    yield f"Over {total.orders} orders the 95 % interval is {low} to {bps(high)}: {meaning}.".replace("-", "−")
    needed = ceil(orders_needed(float(error) * sqrt(total.orders), TELL_APART_BPS))
    if needed > total.orders:
        yield (
            f"With results as scattered as these, telling two algorithms {TELL_APART_BPS:g} bps apart takes about "
            f"{needed:,} orders with each."
        )


def _forecast(estimates: EstimateTotal | None) -> Iterator[str]:
    if estimates is None:
        return
    difference = estimates.difference_usd
    verb = "dearer" if difference > 0 else "cheaper"
    ending = "exactly as forecast" if difference == 0 else f"{usd(abs(difference))} {verb} than forecast"
    yield (
        f"For what was executed, trading and fees were forecast at {usd(estimates.estimate_usd)} and came to "
        f"{usd(estimates.realised_usd)}: {ending}, with {estimates.dearer_orders} of {estimates.orders} orders dearer."
    )


def _dearest(lines: Sequence[OrderLine], *, with_id: bool = False) -> Iterator[str]:
    known = [(line.costs.total_usd, line) for line in lines if line.costs.total_usd is not None]
    if len(known) < 2:
        return
    amount, line = max(known, key=lambda pair: pair[0])
    if amount > 0 and line.costs.total_bps is not None:
        name = f"{line.order_id}, {line.side} {line.symbol}," if with_id else f"{line.side} {line.symbol}"
        yield f"The dearest order was {name} at {usd(amount)} ({bps(line.costs.total_bps)})."


def _books(inputs: ReportInputs, points: Sequence[OpenPoint]) -> Iterator[str]:
    stood = [item for item in inputs.breaks if not item.went_away]
    if stood:
        worth = sum((abs(item.amount_usd) for item in stood), Decimal(0))
        earlier = sum(1 for item in stood if item.found_on is not None and item.found_on < inputs.session)
        since = f", {earlier} of them since an earlier session" if earlier else ""
        yield f"Our ledger and the broker's differ in {counted(len(stood), 'place')}, worth {usd(worth)}{since}."
    else:
        yield "Our ledger and the broker's agree: no breaks."
    for finding in inputs.findings:
        if finding.check == "written_off":
            yield f"{finding.message}."
    if points:
        told = counted(len(points), "open point is", "open points are")
        yield f"{told} explained or accepted before this report is signed."
