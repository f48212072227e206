"""What each check of the gate measured of one order, beside the limit it was held against: for the record; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from tasks.model.orders import Side
from tasks.model.plan import Plan, PlanLine, of_shares, plain
from tasks.plan.check_context import ZERO, CheckContext, live_price, quote_age_s, share, signed
from tasks.plan.line_words import pct
from tasks.wording import counted, dollars


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """`outcome` is `passed`, or `cut` where this check let through less than was wanted."""

    check: str
    value: str
    limit: str
    outcome: str = "passed"


def check_figures(plan: Plan, context: CheckContext) -> dict[str, list[Mapping[str, str]]]:
    """By symbol, of every order that the gate let through, as it goes out; `context` as the gate began with it."""
    cut = {found.symbol: found.check for found in plan.findings if found.symbol}
    return {
        order.symbol: [asdict(figure) for figure in _figures(order, plan, context, cut.get(order.symbol, ""))]
        for order in plan.trades
    }


def _figures(order: PlanLine, plan: Plan, context: CheckContext, cut_by: str) -> Iterator[CheckFigure]:
    for check, value, limit in (
        *_of_the_world(order, context),
        *_of_its_size(order, context),
        *_of_the_session(plan, context),
    ):
        yield CheckFigure(check, value, limit, "cut" if check == cut_by else "passed")


def _of_the_world(order: PlanLine, context: CheckContext) -> Iterator[tuple[str, str, str]]:
    gate, live = context.gate, live_price(order, context)
    yield "restricted", "not listed", f"{counted(len(gate.restricted), 'symbol')} listed"
    yield "duplicate", "no order at work", "one order at work a symbol"
    yield "market_open", f"{context.now:%F %T} UTC", f"before {context.closes:%F %T} UTC"
    yield "quote", f"{quote_age_s(context.quotes[order.symbol], context):.0f} s old", f"{context.max_quote_age_s:.0f} s"
    away = abs(live / order.decision_price - 1)
    yield (
        "price_collar",
        f"{pct(float(away))} away: live {live}, decided {order.decision_price}",
        pct(float(share(gate.price_collar_pct))),
    )
    yield "data_age", counted(context.data_age_sessions, "session"), counted(context.max_data_age_sessions, "session")


def _of_its_size(order: PlanLine, context: CheckContext) -> Iterator[tuple[str, str, str]]:
    gate, live, nav = context.gate, live_price(order, context), context.nav_usd
    worth = order.shares * max(live, order.decision_price)
    most = nav * share(gate.max_order_nav_pct)
    yield "order_size", dollars(worth), dollars(most if gate.max_order_usd is None else min(most, gate.max_order_usd))
    if order.adv_shares:
        done = context.traded_shares.get(order.symbol, ZERO)
        part = float(order.shares + done) / order.adv_shares
        yield "participation", f"{pct(part)} of daily volume", f"{gate.max_participation_pct:.2f} %"
    else:
        yield "participation", "daily volume unknown", f"{gate.max_participation_pct:.2f} %, not held"
    held = context.positions.get(order.symbol, ZERO)
    if order.side is Side.SELL and context.long_only:
        yield "position_size", f"sells {of_shares(order.shares)}", f"{plain(max(held, ZERO))} held"
    weight = abs(held + signed(order)) * live / nav
    yield "concentration", f"{pct(float(weight))} after it", f"{gate.max_position_pct:.2f} %, or a smaller position"


def _of_the_session(plan: Plan, context: CheckContext) -> Iterator[tuple[str, str, str]]:
    gate, traded = context.gate, context.traded_usd + sum((order.notional_usd for order in plan.trades), ZERO)
    yield (
        "run_turnover",
        f"{pct(float(traded / context.nav_usd))} of net asset value in the session",
        f"{gate.max_run_turnover_pct:g} %",
    )
    yield "run_orders", f"{context.orders_sent + len(plan.trades)} in the session", f"{gate.max_run_orders}"
