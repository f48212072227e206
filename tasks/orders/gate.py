"""The gate in front of the broker: every order passes every check with live figures, or is refused with its reason."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.brokers.protocol import Capabilities, Kind
from tasks.brokers.taking import why_not
from tasks.execution.kinds import first_kind, step_of
from tasks.execution.settings import ExecutionSettings
from tasks.orders.plan import in_order
from tasks.orders.reasons import pct, plain, usd
from tasks.orders.settings import GateSettings, OrderSettings
from tasks.orders.sizing import non_trade
from tasks.terms import Algorithm, Finding, OrderRequest, OrderType, Plan, PlanLine, Quote, Severity, Side

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """What the gate knows of the world at the moment of the question."""

    gate: GateSettings
    orders: OrderSettings
    nav_usd: Decimal
    cash_usd: Decimal
    """Cash that may be spent, before today's sells."""
    positions: Mapping[str, Decimal]
    """Signed shares by symbol, from a complete answer of the broker."""
    quotes: Mapping[str, Quote]
    """Live quotes; an order without one is refused."""
    now: datetime
    opens: datetime
    closes: datetime
    max_quote_age_s: float = 900.0
    data_age_sessions: int = 0
    """Sessions between the newest price of the decision and the session traded, 0 for the preceding close."""
    max_data_age_sessions: int = 1
    working: Collection[str] = ()
    """Symbols that have a working order at the broker."""
    traded_usd: Decimal = ZERO
    """Sum of absolute trades of the book in this session already."""
    orders_sent: int = 0
    """Orders of the book in this session already."""
    long_only: bool = True
    execution: ExecutionSettings
    capabilities: Capabilities
    """What the broker takes."""
    children: Mapping[str, int] = field(default_factory=dict)
    """Child orders a symbol is planned in, for the least commission; 1 where not named."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order, or the whole run, may not go."""

    check: str
    message: str


Check = Callable[[PlanLine, GateContext], Refusal | None]
RunCheck = Callable[[Plan, GateContext], Refusal | None]


def symbol_is_not_restricted(order: PlanLine, context: GateContext) -> Refusal | None:
    return _refuse_if(order.symbol in context.gate.restricted, "restricted", "on the restricted list")


def symbol_has_no_working_order(order: PlanLine, context: GateContext) -> Refusal | None:
    return _refuse_if(order.symbol in context.working, "duplicate", "an order in this symbol is already working")


def session_has_not_ended(order: PlanLine, context: GateContext) -> Refusal | None:
    """Before the open is fine: waves wait for it. An order for the opening auction has to be there before it."""
    last = context.opens if order.algorithm is Algorithm.AT_OPEN else context.closes
    return _refuse_if(
        context.now >= last, "market_open", f"it is {context.now:%H:%M} and its market ended {last:%H:%M}"
    )


def order_can_be_taken(order: PlanLine, context: GateContext) -> Refusal | None:
    """By the broker's own table, in the kind that most of it is sent as; a fraction may go beside it in another."""
    assert order.side is not None, "only trades are asked"
    assert order.algorithm is not None, "every trade has its algorithm"
    kind, when = first_kind(order.algorithm, context.execution)
    limit = order.decision_price if kind is OrderType.LIMIT else None
    shares = _in_one_order(order.shares, (kind, when), context.capabilities)
    why = why_not(OrderRequest("key", "", order.symbol, order.side, shares, kind, when, limit), context.capabilities)
    return _refuse_if(bool(why), "not_taken", why)


def quote_is_live(order: PlanLine, context: GateContext) -> Refusal | None:
    quote = context.quotes.get(order.symbol)
    if quote is None:
        return Refusal("quote", "no live quote")
    if quote.bid <= 0 or quote.ask < quote.bid:
        return Refusal("quote", f"the quote makes no sense: bid {quote.bid}, ask {quote.ask}")
    age = (context.now - quote.at).total_seconds()
    limit = f"the limit is {context.max_quote_age_s:.0f} s"
    return _refuse_if(age > context.max_quote_age_s, "quote", f"the quote is {age:.0f} s old, {limit}")


def price_is_within_collar(order: PlanLine, context: GateContext) -> Refusal | None:
    live = _live_price(order, context)
    away = abs(live / order.decision_price - 1)
    collar = _share(context.gate.price_collar_pct)
    figures = f"live {live} against {order.decision_price} decided: {pct(float(away))} away"
    return _refuse_if(away > collar, "price_collar", f"{figures}, the collar is {pct(float(collar))}")


def order_is_not_too_large(order: PlanLine, context: GateContext) -> Refusal | None:
    size, cap = _value(order, context), context.gate.max_order_usd
    if cap is not None and size > cap:
        return Refusal("order_size", f"{usd(size)} is above the largest order, {usd(cap)}")
    most = context.nav_usd * _share(context.gate.max_order_nav_pct)
    limit = f"{context.gate.max_order_nav_pct:.2f} % of net asset value, {usd(most)}"
    return _refuse_if(size > most, "order_size", f"{usd(size)} is above {limit}")


def order_is_a_small_part_of_volume(order: PlanLine, context: GateContext) -> Refusal | None:
    if not order.adv_shares:
        return None  # Reported once for the run; see `_unknown_volume`.
    share = float(order.shares) / order.adv_shares
    limit = context.gate.max_participation_pct
    return _refuse_if(share > limit / 100, "participation", f"{pct(share)} of daily volume, the limit is {limit:.2f} %")


def position_stays_within_limit(order: PlanLine, context: GateContext) -> Refusal | None:
    """A trade that makes a position smaller may go, however large the position is."""
    held = context.positions.get(order.symbol, ZERO)
    after = held + _signed(order)
    most = context.gate.max_position_pct
    weight = abs(after) * _live_price(order, context) / context.nav_usd
    too_big = abs(after) > abs(held) and weight > _share(most)
    return _refuse_if(
        too_big, "concentration", f"the position would be {pct(float(weight))}, the limit is {most:.2f} %"
    )


def sells_no_more_than_held(order: PlanLine, context: GateContext) -> Refusal | None:
    if order.side is Side.BUY or not context.long_only:
        return None
    held = context.positions.get(order.symbol, ZERO)
    figures = f"sells {plain(order.shares)} shares, the broker holds {plain(held)}"
    return _refuse_if(order.shares > held, "position_size", f"{figures} and the book is long only")


def buying_power_suffices(order: PlanLine, context: GateContext) -> Refusal | None:
    """Against the cash left by the orders before it: `pass_gate` keeps `context.cash_usd` up to date."""
    if order.side is Side.SELL:
        return None
    needed = -_cash_effect(order, context)
    left = f"{usd(context.cash_usd)} is left after the orders before it"
    return _refuse_if(needed > context.cash_usd, "buying_power", f"needs {usd(needed)} with fees, {left}")


GATE: tuple[Check, ...] = (
    symbol_is_not_restricted,
    symbol_has_no_working_order,
    session_has_not_ended,
    order_can_be_taken,
    quote_is_live,
    price_is_within_collar,
    order_is_not_too_large,
    order_is_a_small_part_of_volume,
    sells_no_more_than_held,
    position_stays_within_limit,
    buying_power_suffices,
)
"""Asked in this order; the first refusal stands. Those after `quote_is_live` may use the live price."""


def run_has_value(plan: Plan, context: GateContext) -> Refusal | None:
    value = min(context.nav_usd, plan.nav_usd)
    return _refuse_if(value <= 0, "nav", f"net asset value is {usd(value)}; look at the account before anything trades")


def run_data_is_fresh(_: Plan, context: GateContext) -> Refusal | None:
    age, limit = context.data_age_sessions, context.max_data_age_sessions
    stale = f"the decision's prices are {age} sessions old, the limit is {limit}; download again and plan anew"
    return _refuse_if(age > limit, "data_age", stale)


def run_turnover_is_within_limit(plan: Plan, context: GateContext) -> Refusal | None:
    total = sum((order.notional_usd for order in plan.trades), context.traded_usd)
    turnover, limit = total / max(context.nav_usd, Decimal(1)), context.gate.max_run_turnover_pct
    figures = f"turnover would be {pct(float(turnover))} of net asset value ({usd(total)}), the limit is {limit:.2f} %"
    return _refuse_if(turnover > _share(limit), "run_turnover", f"{figures}; check the targets or raise the limit")


def run_has_not_too_many_orders(plan: Plan, context: GateContext) -> Refusal | None:
    count, limit = len(plan.trades) + context.orders_sent, context.gate.max_run_orders
    return _refuse_if(
        count > limit, "run_orders", f"{count} orders, the limit is {limit}; check the targets or raise it"
    )


RUN_GATE: tuple[RunCheck, ...] = (
    run_has_value,
    run_data_is_fresh,
    run_turnover_is_within_limit,
    run_has_not_too_many_orders,
)
"""All are asked and all refusals are published; any one of them stops the whole run."""


def pass_gate(plan: Plan, context: GateContext) -> Plan:
    """The plan with every refused order turned into a non-trade, and a finding for each refusal.

    Orders are asked in the plan's order, sells first: a buy counts on the proceeds of the sells that passed and on
    nothing of those that did not. A refusal of the run refuses every order and is a HALT; of an order, a WARN.
    A plan without trades passes.
    """
    if not plan.trades:
        return plan
    stops = [refusal for check in RUN_GATE if (refusal := check(plan, context))]
    if stops:
        halts = tuple(Finding(Severity.HALT, r.check, plan.book, r.message, session=plan.session) for r in stops)
        lines = [_refused(line, stops[0]) if line.side else line for line in plan.lines]
        return replace(plan, lines=in_order(tuple(lines)), findings=plan.findings + halts)
    lines, found = [], list(_unknown_volume(plan))
    for line in in_order(plan.lines):
        refusal = _first_refusal(line, context) if line.side else None
        if refusal:
            found.append(_warning(plan, line, refusal))
            line = _refused(line, refusal)
        elif line.side:
            context = replace(context, cash_usd=context.cash_usd + _cash_effect(line, context))
        lines.append(line)
    return replace(plan, lines=in_order(tuple(lines)), findings=(*plan.findings, *found))


def _first_refusal(order: PlanLine, context: GateContext) -> Refusal | None:
    return next((refusal for check in GATE if (refusal := check(order, context))), None)


def _refused(order: PlanLine, refusal: Refusal) -> PlanLine:
    side = order.side.value.lower() if order.side else "trade"
    what = f"{side} of {plain(order.shares)} shares refused by the gate"
    return non_trade(order, "refused_by_gate", f"{what} ({refusal.check}): {refusal.message}")


def _warning(plan: Plan, order: PlanLine, refusal: Refusal) -> Finding:
    message = f"{order.symbol}: {refusal.message}"
    return Finding(Severity.WARN, refusal.check, order.symbol, message, symbol=order.symbol, session=plan.session)


def _unknown_volume(plan: Plan) -> tuple[Finding, ...]:
    unknown = [order.symbol for order in plan.trades if not order.adv_shares]
    if not unknown:
        return ()
    names = f"{', '.join(unknown[:5])}{', ...' if unknown[5:] else ''}"
    message = f"participation of {len(unknown)} orders could not be checked, their volume is unknown: {names}"
    return (Finding(Severity.INFO, "participation", plan.book, message, session=plan.session),)


def _cash_effect(order: PlanLine, context: GateContext) -> Decimal:
    """USD that the order adds to cash (negative for a buy), at the far side of the live quote and with all its fees.

    Without the plan's price buffer: that has made room for just the move the live quote may show by now.
    """
    quote = context.quotes[order.symbol]
    children = context.children.get(order.symbol, 1) + 1
    fees = context.orders.fee_per_share_usd * order.shares + context.orders.fee_minimum_usd * children
    return (-order.shares * quote.ask if order.side is Side.BUY else order.shares * quote.bid) - fees


def _in_one_order(shares: Decimal, kind: Kind, capabilities: Capabilities) -> Decimal:
    """The whole part where only that goes in an order of this kind, and there is one and the rest has another way."""
    whole = floor_to_step(shares, step_of(kind, capabilities))
    return whole if whole and not shares % capabilities.share_step else shares


def _live_price(order: PlanLine, context: GateContext) -> Decimal:
    return context.quotes[order.symbol].mid


def _value(order: PlanLine, context: GateContext) -> Decimal:
    return order.shares * max(_live_price(order, context), order.decision_price)


def _signed(order: PlanLine) -> Decimal:
    return order.shares * (order.side.sign if order.side else 0)


def _share(percent: float) -> Decimal:
    return Decimal(str(percent)) / 100


def _refuse_if(broken: bool, check: str, message: str) -> Refusal | None:
    return Refusal(check, message) if broken else None
