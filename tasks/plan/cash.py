"""Buys cut down to the cash that is really there: two promises, at the worst prices and after the forecast cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal

from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares
from tasks.plan.costs import most_cost, most_fees
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION, is_too_low
from tasks.plan.line_words import described, non_trade, note_of, pct, weight_after
from tasks.plan.min_trade import too_small, worst_notional
from tasks.wording import dollars

ZERO = Decimal(0)
FINE = Decimal("1e-6")
"""Of what is wanted: so much may be left unbought, besides what is less than a step."""


@dataclass(frozen=True, slots=True)
class Money:
    """One amount under both promises, USD."""

    worst: Decimal
    """If every price moves against us by the buffer: cash must not end below zero."""
    calm: Decimal
    """At the decision prices, with the forecast cost paid: cash must not end below the reserve."""

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.worst - other.worst, self.calm - other.calm)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.worst + other.worst, self.calm + other.calm)

    @property
    def enough(self) -> bool:
        """Neither after the forecast cost nor at the worst prices does the account go below zero."""
        return self.worst >= 0 and self.calm >= 0


def fit_to_cash(lines: Sequence[PlanLine], inputs: PlanInputs) -> tuple[PlanLine, ...]:
    """The same lines with the buys scaled down together where cash is short.

    Cash is what is settled plus the proceeds of today's sells, which go first, less what all trades cost: spread and
    impact as they are forecast, and every fee. Buys are scaled by one factor, rounded down to whole steps, and what is
    left buys back single steps by largest remainder, by symbol among equals. Where no more than one step is short, one
    buy is cut by it, and all others stay whole. A buy that falls below the minimum trade
    is dropped; what it frees stays cash. One that would end below limits.min_position_pct is not begun, the smallest
    first, and the others have its cash.
    """
    buys = [line for line in lines if line.side is Side.BUY]
    funds = money_for_buys(lines, inputs)
    if not buys or (funds - _total(buys, inputs)).enough:
        return tuple(lines)
    by_symbol: dict[str, PlanLine] = {}
    while True:
        fitted = _scaled(buys, funds, inputs) if buys else []
        cut = [(full, replace(full, shares=shares)) for full, shares in zip(buys, fitted, strict=True)]
        too_low = [(full, line) for full, line in cut if line.shares != full.shares and ends_too_low(line, inputs)]
        if not too_low:
            break
        full, least = min(too_low, key=lambda pair: (weight_after(pair[1], inputs.nav_usd), pair[1].symbol))
        by_symbol[full.symbol] = _not_begun(full, least, funds, inputs)
        buys = [buy for buy in buys if buy is not full]
    by_symbol |= {full.symbol: _explained(full, line.shares, funds, inputs) for full, line in cut}
    return tuple(by_symbol.get(line.symbol, line) for line in lines)


def ends_too_low(buy: PlanLine, inputs: PlanInputs) -> bool:
    """Whether the buy leads to a weight that the book holds nothing at: above zero and below the least position."""
    least = inputs.limits.min_position_pct if inputs.limits else 0.0
    return bool(buy.shares) and is_too_low(weight_after(buy, inputs.nav_usd), least)


def money_for_buys(lines: Sequence[PlanLine], inputs: PlanInputs) -> Money:
    """Settled cash and sale proceeds after what the sales cost; `calm` less the reserve."""
    settled = min(inputs.cash_usd, inputs.settled_cash_usd)
    sells = (money_of(line, inputs) for line in lines if line.side is Side.SELL)
    return sum(sells, Money(settled, settled - inputs.reserve_usd))


def money_of(line: PlanLine, inputs: PlanInputs) -> Money:
    """What one line adds to the cash once its cost is paid; below zero for a buy."""
    if line.side is Side.BUY:
        return Money(ZERO, ZERO) - cost_of(line, inputs)
    if line.side is None:
        return Money(ZERO, ZERO)
    return Money(worst_notional(inputs, line) - most_fees(inputs, line), line.notional_usd - most_cost(inputs, line))


def cost_of(buy: PlanLine, inputs: PlanInputs) -> Money:
    """USD, positive: at the worst price the order may pay, with its fees; at the decision price, with all it costs."""
    return Money(worst_notional(inputs, buy) + most_fees(inputs, buy), buy.notional_usd + most_cost(inputs, buy))


def money_left(lines: Sequence[PlanLine], inputs: PlanInputs) -> Money:
    """What remains when all of the lines have traded; below zero where they promise more than there is."""
    return money_for_buys(lines, inputs) - _total([line for line in lines if line.side is Side.BUY], inputs)


def _total(buys: Sequence[PlanLine], inputs: PlanInputs) -> Money:
    return sum((cost_of(buy, inputs) for buy in buys), Money(ZERO, ZERO))


def _scaled(buys: Sequence[PlanLine], funds: Money, inputs: PlanInputs) -> list[Decimal]:
    one_less = _one_step_less(buys, funds, inputs)
    if one_less:
        return one_less
    factor, step = _factor(buys, funds, inputs), inputs.share_step
    ideal = [buy.shares * factor for buy in buys]
    shares = [(each / step).to_integral_value(ROUND_DOWN) * step for each in ideal]
    if not factor:
        return shares
    left = funds - _total([replace(b, shares=s) for b, s in zip(buys, shares, strict=True)], inputs)
    for i in sorted(range(len(buys)), key=lambda i: (shares[i] - ideal[i], buys[i].symbol)):
        one_more = replace(buys[i], shares=shares[i] + step)
        after = left + cost_of(replace(buys[i], shares=shares[i]), inputs) - cost_of(one_more, inputs)
        if after.enough and one_more.shares <= buys[i].shares:
            shares[i], left = one_more.shares, after
    return shares


def _one_step_less(buys: Sequence[PlanLine], funds: Money, inputs: PlanInputs) -> list[Decimal] | None:
    """One buy a step smaller, where that is all the cash that is short: of those that suffice, the largest in shares.

    All as they are where nothing is short; None where one step of none is enough, or it would leave less than the least
    trade or position.
    """
    step, left = inputs.share_step, funds - _total(buys, inputs)
    if left.enough:
        return [buy.shares for buy in buys]
    if 2 * step * max(buy.decision_price for buy in buys) < -min(left.worst, left.calm):
        return None
    for buy in sorted(buys, key=lambda buy: (-buy.shares, buy.decision_price, buy.symbol)):
        less = replace(buy, shares=buy.shares - step)
        if not less.shares or too_small(inputs, less) or ends_too_low(less, inputs):
            continue
        if (left + cost_of(buy, inputs) - cost_of(less, inputs)).enough:
            return [less.shares if each is buy else each.shares for each in buys]
    return None


def _factor(buys: Sequence[PlanLine], funds: Money, inputs: PlanInputs) -> Decimal:
    """The share in [0, 1] of every buy that the funds carry with all it costs; at most by FINE too low, never too high.

    A smaller order is cheaper, by more than its part. So what is left for shares once the cost of a part is paid is too
    much where the part is too small and too little where it is too large, and the two close in on each other.
    """
    low, high = ZERO, Decimal(1)
    while high - low > FINE:
        high = min(high, max(low, _carried(buys, low, funds, inputs)))
        low = max(low, min(high, _carried(buys, high, funds, inputs)))
        middle = (low + high) / 2
        low, high = (middle, high) if _carried(buys, middle, funds, inputs) >= middle else (low, middle)
    return low


def _carried(buys: Sequence[PlanLine], part: Decimal, funds: Money, inputs: PlanInputs) -> Decimal:
    """The share of the buys' worth that the funds pay for if they cost as much as this part of them does."""
    cut = [replace(buy, shares=buy.shares * part) for buy in buys]
    worst = funds.worst - sum((most_fees(inputs, buy) for buy in cut), ZERO)
    calm = funds.calm - sum((most_cost(inputs, buy) for buy in cut), ZERO)
    return min(
        worst / sum((worst_notional(inputs, buy) for buy in buys), ZERO),
        calm / sum((buy.notional_usd for buy in buys), ZERO),
    )


def _have(funds: Money, inputs: PlanInputs) -> str:
    return (
        f"cash, sale proceeds and reserve leave {dollars(max(min(funds.worst, funds.calm), ZERO))} for all buys, "
        f"at prices up to {inputs.orders.buy_price_buffer_bps:g} bps higher, with every fee and the forecast cost"
    )


def _not_begun(full: PlanLine, cut: PlanLine, funds: Money, inputs: PlanInputs) -> PlanLine:
    assert inputs.limits is not None, "it has a least position"
    sentence = (
        f"{of_shares(full.shares)} wanted; the {of_shares(cut.shares)} that its part of the cash buys would leave it "
        f"at {pct(weight_after(cut, inputs.nav_usd))}, below limits.min_position_pct, "
        f"{inputs.limits.min_position_pct:g} %: none is bought, and "
        f"{of_shares(full.shares, 'stands', 'stand')} over for the next session: {_have(funds, inputs)}"
    )
    return replace(non_trade(full, BELOW_LEAST_POSITION, sentence), standing_over=full.shares)


def _explained(full: PlanLine, shares: Decimal, funds: Money, inputs: PlanInputs) -> PlanLine:
    if shares == full.shares:
        return full
    have = "; ".join(filter(None, (note_of(full), _have(funds, inputs))))
    if not shares:
        return non_trade(full, "no_cash", f"{of_shares(full.shares)} wanted, none bought: {have}")
    cut = replace(full, shares=shares)
    small = too_small(inputs, cut)
    if small:
        return replace(small, sentence=f"{small.sentence}, once scaled to cash")
    return described(inputs, cut, "scaled_to_cash", wanted=full.shares, because=have)
