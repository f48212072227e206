"""The gate in front of the broker: every order passes every check with live figures, is cut, or is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.model.capabilities import Capabilities, Kind
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import Algorithm, OrderRequest, OrderType, Side
from tasks.model.plan import Finding, Plan, PlanLine, Severity, of_shares
from tasks.orders.order_kinds import first_kind, step_of
from tasks.plan.build import in_order
from tasks.plan.cash_cut import NOTHING, Money, Wish, cut_to
from tasks.plan.check_context import (
    CheckContext,
    above_reserve,
    calm_effect,
    cash_effect,
    live_price,
    quote_age_s,
    share,
)
from tasks.plan.least_position import is_too_low
from tasks.plan.line_words import few, non_trade, pct, trade_sentence, weight_after
from tasks.plan.order_caps import BESIDE_CASH, Cap, tightest
from tasks.plan.remedies import REFUSED, remedied
from tasks.wording import counted, dollars

__all__ = ["GATE", "RUN_GATE", "CheckContext", "Refusal", "pass_gate"]

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order, or the whole run, may not go."""

    check: str
    message: str


Check = Callable[[PlanLine, CheckContext], Refusal | None]
RunCheck = Callable[[Plan, CheckContext], Refusal | None]
Estimated = Callable[[PlanLine], PlanLine]


def as_it_is(order: PlanLine) -> PlanLine:
    """A cut order keeps its forecast: for whoever asks the gate and plans nothing."""
    return order


def symbol_is_not_restricted(order: PlanLine, context: CheckContext) -> Refusal | None:
    """No cut mends it: a restricted symbol is neither bought nor sold."""
    return _refuse_if(order.symbol in context.gate.restricted, "restricted", "on the restricted list")


def symbol_has_no_working_order(order: PlanLine, context: CheckContext) -> Refusal | None:
    """Two orders in a symbol could both fill; the one that works comes first."""
    return _refuse_if(order.symbol in context.working, "duplicate", "an order in this symbol is already working")


def session_has_not_ended(order: PlanLine, context: CheckContext) -> Refusal | None:
    """Before the open is fine: waves wait for it. An order for the opening auction has to be there before it."""
    last = context.opens if order.algorithm is Algorithm.AT_OPEN else context.closes
    return _refuse_if(
        context.now >= last, "market_open", f"it is {context.now:%H:%M} and its market ended {last:%H:%M}"
    )


def order_can_be_taken(order: PlanLine, context: CheckContext) -> Refusal | None:
    """By the broker's own table, in the kind that most of it is sent as; a fraction may go beside it in another."""
    assert order.side is not None, "only trades are asked"
    assert order.algorithm is not None, "every trade has its algorithm"
    kind, when = first_kind(order.algorithm, context.execution)
    limit = order.decision_price if kind is OrderType.LIMIT else None
    shares = _in_one_order(order.shares, (kind, when), context.capabilities)
    why = refusal_reason(
        OrderRequest("key", "", order.symbol, order.side, shares, kind, when, limit), context.capabilities
    )
    return _refuse_if(bool(why), "not_taken", why)


def quote_is_live(order: PlanLine, context: CheckContext) -> Refusal | None:
    """Age in seconds by the broker's clock; before the open it is counted to the last close."""
    quote = context.quotes.get(order.symbol)
    if quote is None:
        return Refusal("quote", "no live quote")
    if quote.bid <= 0 or quote.ask < quote.bid:
        return Refusal("quote", f"the quote makes no sense: bid {quote.bid}, ask {quote.ask}")
    age, limit = quote_age_s(quote, context), f"the limit is {context.max_quote_age_s:.0f} s"
    old = f"{age:.0f} s old"
    if context.now < context.opens and context.last_close is not None:
        old = f"from {quote.at:%Y-%m-%d %H:%M} UTC, {age:.0f} s before the last close ({context.last_close:%H:%M} UTC)"
    return _refuse_if(age > context.max_quote_age_s, "quote", f"the quote is {old}, {limit}")


def price_is_within_collar(order: PlanLine, context: CheckContext) -> Refusal | None:
    """Live against decision price, either way, in percent of the decision price."""
    live = live_price(order, context)
    away = abs(live / order.decision_price - 1)
    collar = share(context.gate.price_collar_pct)
    figures = f"live {live} against {order.decision_price} decided: {pct(float(away))} away"
    return _refuse_if(away > collar, "price_collar", f"{figures}, the collar is {pct(float(collar))}")


GATE: tuple[Check, ...] = (
    symbol_is_not_restricted,
    symbol_has_no_working_order,
    session_has_not_ended,
    order_can_be_taken,
    quote_is_live,
    price_is_within_collar,
)
"""What no cut can mend, asked in this order: the first refusal stands. Those that a cut mends are `caps.CAPS`."""


def run_has_value(plan: Plan, context: CheckContext) -> Refusal | None:
    """The lower of the plan's and the broker's NAV must be above zero: every share of it is measured by it."""
    value = min(context.nav_usd, plan.nav_usd)
    return _refuse_if(
        value <= 0, "nav", f"net asset value is {dollars(value)}; look at the account before anything trades"
    )


def run_data_is_fresh(_: Plan, context: CheckContext) -> Refusal | None:
    """Age in sessions between the newest price and the session to trade."""
    age, limit = context.data_age_sessions, context.max_data_age_sessions
    stale = (
        f"the decision's prices are {counted(age, 'session')} old, the limit is {limit}; download again and plan anew"
    )
    return _refuse_if(age > limit, "data_age", stale)


RUN_GATE: tuple[RunCheck, ...] = (
    run_has_value,
    run_data_is_fresh,
)
"""All are asked and all refusals are published; any one of them stops the whole run."""


def pass_gate(plan: Plan, context: CheckContext, estimate: Estimated = as_it_is) -> Plan:
    """The plan with every order cut to what may go, and those of which nothing may turned into non-trades.

    Orders are asked in the plan's order, sells first: a buy counts on the proceeds of the sells that passed and on
    nothing of those that did not. What is cut off stands over for the next session: the line says how much and why, and
    so does a finding, a WARN. What no cut can mend is refused. A refusal of the run refuses every order and is a HALT.
    A plan without trades passes. `estimate` gives a cut order its new forecast cost.
    """
    if not plan.trades:
        return plan
    stops = [refusal for check in RUN_GATE if (refusal := check(plan, context))]
    if stops:
        halts = tuple(Finding(Severity.HALT, r.check, plan.book, r.message, session=plan.session) for r in stops)
        lines = [_refused(line, stops[0]) if line.side else line for line in plan.lines]
        return replace(plan, lines=in_order(tuple(lines)), findings=plan.findings + halts)
    context = replace(context, turnover_part=_turnover_part(plan, context))
    lines: list[PlanLine] = []
    found = list(_unknown_volume(plan))
    sells_are_over = False
    for line in in_order(plan.lines):
        if line.side is Side.BUY and not sells_are_over:
            context, sells_are_over = _with_cash_shared(plan, context), True
        passed, refusal = _asked(line, context) if line.side else (line, None)
        if refusal:
            found.append(_warning(plan, line, refusal))
        if passed.side:
            context = after_order(passed, context)
            passed = passed if passed is line else estimate(passed)
        lines.append(passed)
    return replace(plan, lines=in_order(tuple(lines)), findings=(*plan.findings, *found))


def after_order(order: PlanLine, context: CheckContext) -> CheckContext:
    """What the next order finds: the cash of this one moved, and one order more in the session."""
    left = context.cash_usd + cash_effect(order, context)
    calm = above_reserve(context) + context.reserve_usd + calm_effect(order, context)
    return replace(context, cash_usd=left, calm_usd=calm, orders_sent=context.orders_sent + 1)


def _turnover_part(plan: Plan, context: CheckContext) -> Decimal:
    """The part in [0, 1] of each order that the session's turnover leaves room for."""
    wanted = sum((order.notional_usd for order in plan.trades), ZERO)
    room = max(context.nav_usd * share(context.gate.max_run_turnover_pct) - context.traded_usd, ZERO)
    return min(room / wanted, Decimal(1))


def _with_cash_shared(plan: Plan, context: CheckContext) -> CheckContext:
    """What the cash pays for of each buy that may go, now that the sells are known."""
    buys = [order for order in plan.trades if order.side is Side.BUY and _first_refusal(order, context) is None]
    capped = [(order, tightest(order, context, BESIDE_CASH)) for order in buys]
    wishes = [_wish(replace(order, shares=cap.most) if cap else order, context) for order, cap in capped]
    calm = above_reserve(context) if context.reserve_usd else context.cash_usd
    funds = Money(context.cash_usd, calm)
    wanted = sum((wish.cost(wish.shares) for wish in wishes), NOTHING)
    if (funds - wanted).enough:
        return context
    fitted = {wish.symbol: shares for wish, shares in zip(wishes, cut_to(funds, wishes), strict=True)}
    cut = {wish.symbol: fitted[wish.symbol] for wish in wishes if fitted[wish.symbol] != wish.shares}
    if [*cut] == [wishes[-1].symbol]:
        return context  # it is asked after all others, and told in its own figures what they leave
    part = min(max(have, ZERO) / usd for have, usd in ((funds.worst, wanted.worst), (calm, wanted.calm)) if usd > 0)
    return replace(context, paid_shares=cut, paid_part=part)


def _wish(order: PlanLine, context: CheckContext) -> Wish:
    def cost(shares: Decimal) -> Money:
        so_many = replace(order, shares=shares)
        if not shares:
            return NOTHING
        worst = -cash_effect(so_many, context)
        return Money(worst, -calm_effect(so_many, context) if context.reserve_usd else worst)

    return Wish(order.symbol, order.shares, context.step, cost)


def _asked(order: PlanLine, context: CheckContext) -> tuple[PlanLine, Refusal | None]:
    """The order as far as it may go, and what is in the way of the rest."""
    refusal = _first_refusal(order, context)
    if refusal:
        return _refused(order, refusal), refusal
    cap = tightest(order, context)
    if cap is None:
        return order, None
    return _cut(order, cap, context)


def _cut(order: PlanLine, cap: Cap, context: CheckContext) -> tuple[PlanLine, Refusal]:
    """As many shares as may go, or none where those are fewer than one step or not worth being sent."""
    too_few = _too_few(order, cap.most, context)
    if not cap.most or too_few:
        refusal = Refusal(cap.check, f"{cap.message}{too_few}")
        return replace(_refused(order, refusal), standing_over=order.shares), refusal
    rest = order.shares - cap.most
    refusal = Refusal(cap.check, f"{cap.message}; {of_shares(rest, 'stands', 'stand')} over for the next session")
    cut = replace(order, shares=cap.most, reason="cut_by_gate", standing_over=rest)
    return replace(cut, sentence=trade_sentence(cut, context.nav_usd, order.shares, refusal.message)), refusal


def _too_few(order: PlanLine, most: Decimal, context: CheckContext) -> str:
    """Why the shares that may go are not worth being sent, behind a semicolon; empty where they are, or are none."""
    if not most:
        return ""
    least, cut = context.orders.min_trade_usd, replace(order, shares=most)
    if cut.notional_usd < least and order.reason != "must_exit":
        return f"; what may go, {of_shares(most)}, is below the least trade of {dollars(least)}"
    after = weight_after(cut, context.nav_usd)
    if order.side is Side.BUY and is_too_low(after, context.least_position_pct):
        return (
            f"; with the {of_shares(most)} that may go it would stand at {pct(after)}, below "
            f"limits.min_position_pct, {context.least_position_pct:g} %: none is bought until enough of them may go "
            f"at once, and {of_shares(order.shares, 'stands', 'stand')} over"
        )
    return ""


def _first_refusal(order: PlanLine, context: CheckContext) -> Refusal | None:
    return next((refusal for check in GATE if (refusal := check(order, context))), None)


def _refused(order: PlanLine, refusal: Refusal) -> PlanLine:
    side = order.side.value.lower() if order.side else "trade"
    what = f"{side} of {of_shares(order.shares)} refused by the gate"
    return remedied(non_trade(order, REFUSED, f"{what} ({refusal.check}): {refusal.message}"), refusal.check)


def _warning(plan: Plan, order: PlanLine, refusal: Refusal) -> Finding:
    message = f"{order.symbol}: {refusal.message}"
    return Finding(Severity.WARN, refusal.check, order.symbol, message, symbol=order.symbol, session=plan.session)


def _unknown_volume(plan: Plan) -> tuple[Finding, ...]:
    unknown = [order.symbol for order in plan.trades if not order.adv_shares]
    if not unknown:
        return ()
    message = (
        f"{counted(len(unknown), 'order is', 'orders are')} not held against risk.max_participation_pct, because the "
        f"prices have no volumes for {few(unknown)}: bring prices with volumes (costs.assumed_adv_usd serves the cost "
        "forecast alone)"
    )
    return (Finding(Severity.INFO, "participation", plan.book, message, session=plan.session),)


def _in_one_order(shares: Decimal, kind: Kind, capabilities: Capabilities) -> Decimal:
    """The whole part where only that goes in an order of this kind, and there is one and the rest has another way."""
    whole = floor_to_step(shares, step_of(kind, capabilities))
    return whole if whole and not shares % capabilities.share_step else shares


def _refuse_if(broken: bool, check: str, message: str) -> Refusal | None:
    return Refusal(check, message) if broken else None
