"""What is asked of the record of orders; built once, as building a statement costs more than running it."""

from sqlalchemy import bindparam, func, select

from sql.tables import allocations, cycles, fills, order_events, order_marks, orders, slices, waves

_NEWEST = (
    select(func.max(order_events.c.id))
    .join(slices, slices.c.key == order_events.c.key)
    .where(slices.c.cycle_id == bindparam("cycle"))
    .group_by(order_events.c.key)
)
SLICES = (
    select(
        slices,
        order_events.c.state,
        order_events.c.at.label("state_at"),
        order_events.c.broker_order_id,
        order_events.c.reason,
        order_events.c.token,
        order_events.c.filled_shares,
        order_events.c.cause,
    )
    .join(order_events, order_events.c.key == slices.c.key)
    .where(slices.c.cycle_id == bindparam("cycle"), order_events.c.id.in_(_NEWEST))
)
FILLS = select(fills).where(fills.c.cycle_id == bindparam("cycle"))
ALL_FILLS = (
    select(fills)
    .join(cycles, cycles.c.cycle_id == fills.c.cycle_id)
    .where(cycles.c.book == bindparam("book"), fills.c.account == bindparam("account"))
)
ORDERS = select(orders).where(orders.c.cycle_id == bindparam("cycle")).order_by(orders.c.side.desc(), orders.c.symbol)
ALLOCATIONS = (
    select(allocations)
    .join(orders, orders.c.order_id == allocations.c.order_id)
    .where(orders.c.cycle_id == bindparam("cycle"))
)
EVENTS = (
    select(order_events)
    .join(slices, slices.c.key == order_events.c.key)
    .where(slices.c.cycle_id == bindparam("cycle"))
    .order_by(order_events.c.id)
)
MARKS = (
    select(order_marks)
    .join(orders, orders.c.order_id == order_marks.c.order_id)
    .where(orders.c.cycle_id == bindparam("cycle"))
)
WAVES = select(waves).where(waves.c.cycle_id == bindparam("cycle")).order_by(waves.c.number)
EXECUTION_IDS = select(fills.c.execution_id).where(
    fills.c.cycle_id == bindparam("cycle"), fills.c.broker == bindparam("broker")
)
