"""Buys cut down to the cash after settlement: two promises, at the worst prices and after the forecast cost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares
from tasks.plan.cash_cut import NOTHING, Money, Wish, cut_to
from tasks.plan.costs import most_cost, most_fees
from tasks.plan.inputs import PlanInputs
from tasks.plan.least_position import BELOW_LEAST_POSITION, is_too_low
from tasks.plan.line_words import described, non_trade, note_of, pct, weight_after
from tasks.plan.min_trade import too_small, worst_notional
from tasks.wording import dollars

ZERO = Decimal(0)
NONE_CAPPED: Mapping[str, Decimal] = MappingProxyType({})


def fit_to_cash(
    lines: Sequence[PlanLine], inputs: PlanInputs, most: Mapping[str, Decimal] = NONE_CAPPED
) -> tuple[PlanLine, ...]:
    """The same lines with the buys cut where cash is short (`cash_cut.cut_to`), which see for the rule.

    Cash is what is settled plus the proceeds of today's sells, which go first, less what all trades cost: spread and
    impact as they are forecast, and every fee. `most`: shares of a buy that the gate lets through whatever the cash; it
    takes the cash of no more than those, and its line stays as it is for the gate to cut. A buy that falls below the
    minimum trade is dropped; what it frees stays cash. One that would end below limits.min_position_pct is not begun,
    the smallest first, and the others have its cash.
    """
    wanted = {line.symbol: line for line in lines if line.side is Side.BUY}
    capped = [replace(buy, shares=min(buy.shares, most.get(buy.symbol, buy.shares))) for buy in wanted.values()]
    buys, funds = [buy for buy in capped if buy.shares], money_for_buys(lines, inputs)
    if (funds - _total(buys, inputs)).enough:
        return tuple(lines)
    by_symbol: dict[str, PlanLine] = {}
    while True:
        fitted = cut_to(funds, [_wish(buy, inputs) for buy in buys])
        cut = [(full, replace(full, shares=shares)) for full, shares in zip(buys, fitted, strict=True)]
        too_low = [(full, line) for full, line in cut if line.shares != full.shares and ends_too_low(line, inputs)]
        if not too_low:
            break
        full, least = min(too_low, key=lambda pair: (weight_after(pair[1], inputs.nav_usd), pair[1].symbol))
        by_symbol[full.symbol] = _not_begun(wanted[full.symbol], least, funds, inputs)
        buys = [buy for buy in buys if buy is not full]
    shorter = {full.symbol: line.shares for full, line in cut if line.shares != full.shares}
    by_symbol |= {symbol: _explained(wanted[symbol], shares, funds, inputs) for symbol, shares in shorter.items()}
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
        return NOTHING - cost_of(line, inputs)
    if line.side is None:
        return NOTHING
    return Money(worst_notional(inputs, line) - most_fees(inputs, line), line.notional_usd - most_cost(inputs, line))


def cost_of(buy: PlanLine, inputs: PlanInputs) -> Money:
    """USD, positive: at the worst price the order may pay, with its fees; at the decision price, with all it costs."""
    return Money(worst_notional(inputs, buy) + most_fees(inputs, buy), buy.notional_usd + most_cost(inputs, buy))


def money_left(lines: Sequence[PlanLine], inputs: PlanInputs) -> Money:
    """What remains when all of the lines have traded; below zero where they promise more than there is."""
    return money_for_buys(lines, inputs) - _total([line for line in lines if line.side is Side.BUY], inputs)


def _total(buys: Sequence[PlanLine], inputs: PlanInputs) -> Money:
    return sum((cost_of(buy, inputs) for buy in buys), NOTHING)


def _wish(buy: PlanLine, inputs: PlanInputs) -> Wish:
    def of(shares: Decimal) -> PlanLine:
        return replace(buy, shares=shares)

    def may_be(shares: Decimal) -> bool:
        return bool(shares) and too_small(inputs, of(shares)) is None and not ends_too_low(of(shares), inputs)

    return Wish(buy.symbol, buy.shares, inputs.share_step, lambda shares: cost_of(of(shares), inputs), may_be)


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
    have = "; ".join(filter(None, (note_of(full), _have(funds, inputs))))
    if not shares:
        return non_trade(full, "no_cash", f"{of_shares(full.shares)} wanted, none bought: {have}")
    cut = replace(full, shares=shares)
    small = too_small(inputs, cut)
    if small:
        return replace(small, sentence=f"{small.sentence}, once scaled to cash")
    return described(inputs, cut, "scaled_to_cash", wanted=full.shares, because=have)
