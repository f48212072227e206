"""Before the first wave: one block order a trade, each with its schedule on record; nothing is sent."""

from collections.abc import Mapping, Sequence

from tasks.approval.refused import REFUSED_ORDERS
from tasks.checkpoints import StepResult
from tasks.context import StepContext
from tasks.execution.schedule import DayShape, schedule
from tasks.model.artifact import Artifact
from tasks.model.client_order_ids import order_id
from tasks.model.order_records import ParentOrder
from tasks.model.plan import Plan, PlanLine
from tasks.orders.waves import Wave, waves_of
from tasks.wording import counted


def prepare_orders(
    context: StepContext,
    plan: Plan,
    plan_hash: str,
    volatility: Mapping[str, float],
    unsent: Mapping[str, str] | None = None,
) -> StepResult:
    """Record the orders of a plan; `volatility` is of each symbol's day, as a fraction of its price.

    `unsent` are the symbols whose orders no person let go, each with its sentence: they are recorded nowhere but in
    the facts of the step.
    """
    left = dict(unsent or {})
    waves = waves_of(context.broker.session_hours(context.session), context.book.execution)
    orders = [
        _order(context, plan, plan_hash, line, waves, volatility) for line in plan.trades if line.symbol not in left
    ]
    context.journal.orders.record_orders(orders)
    rows = [
        {"symbol": o.symbol, "side": o.side, "shares": o.shares, "algorithm": o.algorithm, "waves": len(o.schedule)}
        for o in orders
    ]
    used = {number for order in orders for number, _ in order.schedule}
    over = f" over {counted(len(used), 'wave')}" if orders else ""
    sentence = "; ".join([f"{counted(len(orders), 'order')} scheduled{over}", *left.values()])
    facts = {"waves": [w.number for w in waves], REFUSED_ORDERS: left}
    return StepResult(sentence, facts, Artifact("Schedule", sentence, rows))


def _order(
    context: StepContext,
    plan: Plan,
    plan_hash: str,
    line: PlanLine,
    waves: Sequence[Wave],
    volatility: Mapping[str, float],
) -> ParentOrder:
    assert line.side is not None, "only trades become orders"
    assert line.algorithm is not None, "every trade has its algorithm"
    shape = DayShape(
        hours=context.broker.session_hours(context.session),
        waves=tuple(waves),
        daily_volatility=volatility.get(line.symbol, 0.02),
        half_spread_bps=(plan.cost_model or context.book.costs).half_spread_bps,
    )
    return ParentOrder(
        order_id=order_id(context.cycle_id, plan.revision, line.symbol, line.side),
        cycle_id=context.cycle_id,
        plan_hash=plan_hash,
        symbol=line.symbol,
        side=line.side,
        shares=line.shares,
        algorithm=line.algorithm,
        reason=line.reason,
        decision_price=line.decision_price,
        decided_at=plan.decided_at,
        adv_shares=line.adv_shares,
        estimate=line.estimate,
        schedule=schedule(
            line, shape, context.book.execution, context.broker.capabilities, fractional=context.book.orders.fractional
        ),
        allocations={plan.account: line.shares},
    )
