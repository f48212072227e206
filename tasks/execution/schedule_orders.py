"""Before the first wave: one block order a trade, each with its schedule on record; nothing is sent."""

from collections.abc import Mapping, Sequence

from tasks.checkpoints import Done
from tasks.context import Desk
from tasks.execution.schedule import DayShape, schedule
from tasks.model.artifact import Artifact
from tasks.model.client_order_ids import order_id
from tasks.model.order_records import Order
from tasks.model.plan import Plan, PlanLine
from tasks.orders.waves import Wave, waves_of
from tasks.wording import counted


def prepare_orders(desk: Desk, plan: Plan, plan_hash: str, volatility: Mapping[str, float]) -> Done:
    """Record the orders of a plan; `volatility` is of each symbol's day, as a fraction of its price."""
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    orders = [_order(desk, plan, plan_hash, line, waves, volatility) for line in plan.trades]
    desk.journal.orders.record_orders(orders)
    rows = [
        {"symbol": o.symbol, "side": o.side, "shares": o.shares, "algorithm": o.algorithm, "waves": len(o.schedule)}
        for o in orders
    ]
    sentence = f"{counted(len(orders), 'order')} scheduled over {counted(len(waves) - 3, 'wave')}"
    return Done(sentence, {"waves": [w.number for w in waves]}, Artifact("Schedule", sentence, rows))


def _order(
    desk: Desk, plan: Plan, plan_hash: str, line: PlanLine, waves: Sequence[Wave], volatility: Mapping[str, float]
) -> Order:
    assert line.side is not None, "only trades become orders"
    assert line.algorithm is not None, "every trade has its algorithm"
    shape = DayShape(
        hours=desk.broker.session_hours(desk.session),
        waves=tuple(waves),
        daily_volatility=volatility.get(line.symbol, 0.02),
        half_spread_bps=desk.book.costs.half_spread_bps,
    )
    return Order(
        order_id=order_id(desk.cycle_id, plan.revision, line.symbol, line.side),
        cycle_id=desk.cycle_id,
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
            line, shape, desk.book.execution, desk.broker.capabilities, fractional=desk.book.orders.fractional
        ),
        allocations={plan.account: line.shares},
    )
