"""How the exchange's orders and executions look on a TWS screen: numbers, names, states. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.brokers.sandbox.tws.decode import Placing
from tasks.brokers.sandbox.tws.encode import Shown
from tasks.brokers.sandbox.tws.framing import stamp
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.exchange_ids import numbers_of
from tasks.brokers.simulated.snapshot import standing
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution, OrderState, TimeInForce

FIRST_PERM_ID = 1_500_000_000
ZERO = Decimal(0)
COMPLETED_WORDS = {
    OrderState.FILLED: "Filled Size: {filled}",
    OrderState.CANCELLED: "Cancelled by Trader",
    OrderState.EXPIRED: "Expired",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """Who placed an order, under which number."""

    client_id: int
    order_id: int
    order_ref: str
    parent_id: int = 0
    group: str = ""
    algorithm: str = ""
    tags: tuple[tuple[str, str], ...] = ()


def placed(client_id: int, wish: Placing) -> Placed:
    """By a message of a client."""
    return Placed(client_id, wish.order_id, wish.order_ref, wish.parent_id, wish.group, wish.algorithm, wish.tags)


def perm_id(number: int) -> int:
    """The account-wide number of an order that outlives connections."""
    return FIRST_PERM_ID + number


def shown(kept: Order, told: BrokerOrder, rows: Sequence[Execution], placed: Placed | None) -> Shown:
    """One order; `told` is what the exchange says of it, `rows` the executions that are shown."""
    counted = standing(rows)
    shares = sum((row.shares for row in counted), ZERO)
    spent = sum((row.shares * row.price for row in counted), ZERO)
    placed = placed or Placed(0, 0, kept.key)
    return Shown(
        order_id=placed.order_id,
        client_id=placed.client_id,
        perm_id=perm_id(kept.number),
        order_ref=placed.order_ref,
        request=kept.request,
        status=_status(told.state, kept),
        filled=told.filled_shares,
        average=round(spent / shares, 6) if shares else ZERO,
        last_price=counted[-1].price if counted else ZERO,
        completed=COMPLETED_WORDS.get(told.state, "").format(filled=told.filled_shares),
        at=stamp(rows[-1].at if rows else kept.accepted_at),
        why_held=_why_held(told.state, kept),
        parent_id=placed.parent_id,
        parent_perm_id=perm_id(kept.parent) if placed.parent_id else 0,
        group=placed.group,
        algorithm=placed.algorithm,
        tags=placed.tags,
    )


def _why_held(state: OrderState, kept: Order) -> str:
    """An exit waits for its parent, a stop for its trigger."""
    if state not in WORKING or kept.works_as is not None:
        return ""
    return "child" if kept.is_held else "trigger"


def _status(state: OrderState, kept: Order) -> str:
    if state in WORKING:
        is_for_auction = kept.request.time_in_force in (TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE)
        return "PreSubmitted" if is_for_auction or kept.works_as is None else "Submitted"
    return "Filled" if state is OrderState.FILLED else "Cancelled"


def names(rows: Iterable[Execution]) -> Mapping[str, str]:
    """Each execution's id as IB forms them: a correction keeps all but the part after the last dot, which counts up."""
    found: dict[str, str] = {}
    for row in rows:
        before = found.get(row.supersedes)
        if before is None:
            order, fill = numbers_of(row.execution_id)
            found[row.execution_id] = f"0000e0d5.{order:08x}.{fill:02d}.01"
        else:
            stem, _, count = before.rpartition(".")
            found[row.execution_id] = f"{stem}.{int(count) + 1:02d}"
    return found
