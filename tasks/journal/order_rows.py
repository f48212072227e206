"""Between rows of the database and what they say: orders, slices, events, fills; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from tasks.journal.causes import cause_read
from tasks.journal.native_order_json import read_native, written_native
from tasks.model.order_records import OrderEvent, ParentOrder, Resolution, Slice, Ticket
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan import CostEstimate


def event_row(event: OrderEvent, token: int) -> dict[str, Any]:
    """`token` is that of the lease under which the event is recorded."""
    values = {name: getattr(event, name) for name in OrderEvent.__slots__}
    return {**values, "state": event.state.value, "token": token}


def event_of(row: RowMapping | Mapping[str, Any]) -> OrderEvent:
    """An event from before causes had a column of their own gets the one that its reason means."""
    state = OrderState(row["state"])
    cells: dict[str, Any] = {name: row[name] for name in OrderEvent.__slots__}
    cells |= {"state": state, "cause": cause_read(row["cause"], state, row["reason"])}
    return OrderEvent(**cells)


def fill_row(broker: str, cycle_id: str, execution: Execution) -> dict[str, Any]:
    """An execution is known by the broker's id together with the broker's name."""
    values = {name: getattr(execution, name) for name in Execution.__slots__}
    return {"broker": broker, "cycle_id": cycle_id, **values, "side": execution.side.value}


def order_row(order: ParentOrder) -> dict[str, Any]:
    """The schedule as [[wave, shares as text]]; allocations are rows of their own."""
    return {
        "order_id": order.order_id,
        "cycle_id": order.cycle_id,
        "plan_hash": order.plan_hash,
        "symbol": order.symbol,
        "side": order.side.value,
        "shares": order.shares,
        "algorithm": order.algorithm.value,
        "reason": order.reason,
        "decision_price": order.decision_price,
        "decided_at": order.decided_at,
        "adv_shares": order.adv_shares,
        "estimate": asdict(order.estimate) if order.estimate else None,
        "schedule": [[number, str(shares)] for number, shares in order.schedule],
    }


def order_of(row: RowMapping | Mapping[str, Any], parts: Mapping[str, Decimal]) -> ParentOrder:
    """`parts`: shares of the order by account."""
    return ParentOrder(
        order_id=row["order_id"],
        cycle_id=row["cycle_id"],
        plan_hash=row["plan_hash"],
        symbol=row["symbol"],
        side=Side(row["side"]),
        shares=row["shares"],
        algorithm=Algorithm(row["algorithm"]),
        reason=row["reason"],
        decision_price=row["decision_price"],
        decided_at=row["decided_at"],
        adv_shares=row["adv_shares"],
        estimate=CostEstimate(**row["estimate"]) if row["estimate"] else None,
        schedule=tuple((number, Decimal(shares)) for number, shares in row["schedule"]),
        allocations=parts,
    )


def slice_row(cycle_id: str, intent: Slice) -> dict[str, Any]:
    """The intent as it is recorded before anything is sent: without state, which is the newest event's."""
    request = intent.request
    return {
        "key": request.key,
        "cycle_id": cycle_id,
        "order_id": intent.order_id,
        "wave": intent.wave,
        "generation": intent.generation,
        "account": request.account,
        "symbol": request.symbol,
        "side": request.side.value,
        "shares": request.shares,
        "order_type": request.order_type.value,
        "time_in_force": request.time_in_force.value,
        "limit_price": request.limit_price,
        "due_at": intent.due_at,
        "native": written_native(request.native) if request.native else None,
    }


def slice_of(row: RowMapping | Mapping[str, Any]) -> Slice:
    """From an intent joined with its newest event."""
    state = OrderState(row["state"])
    return Slice(
        request=OrderRequest(
            key=row["key"],
            account=row["account"],
            symbol=row["symbol"],
            side=Side(row["side"]),
            shares=row["shares"],
            order_type=OrderType(row["order_type"]),
            time_in_force=TimeInForce(row["time_in_force"]),
            limit_price=row["limit_price"],
            native=read_native(row["native"]) if row["native"] else None,
        ),
        order_id=row["order_id"],
        wave=row["wave"],
        generation=row["generation"],
        due_at=row["due_at"],
        state=state,
        broker_order_id=row["broker_order_id"],
        reason=row["reason"],
        token=row["token"],
        filled_told=row["filled_shares"] or Decimal(0),
        state_at=row["state_at"],
        cause=cause_read(row["cause"], state, row["reason"]),
    )


def execution_of(row: RowMapping | Mapping[str, Any]) -> Execution:
    """From a row with all columns of an execution; others are ignored."""
    cells: dict[str, Any] = {name: row[name] for name in Execution.__slots__}
    cells["side"] = Side(row["side"])
    return Execution(**cells)


def slice_begun(row: RowMapping, event: RowMapping) -> Slice:
    """An intent with the event that put it on record."""
    both: dict[str, Any] = {**row, **event, "state_at": event["at"]}  # type: ignore[dict-item]
    return slice_of(both)


# ---- what was read, with what was recorded since -------------------------------------------------------------------


def in_turn(pieces: Iterable[Slice]) -> tuple[Slice, ...]:
    """By wave and then by key; sorted here, because databases differ in how they sort text."""
    return tuple(sorted(pieces, key=lambda piece: (piece.wave, piece.request.key)))


def oldest_first(fills: Iterable[Execution]) -> tuple[Execution, ...]:
    """Executions of one instant by their id, so that the order never depends on the answer's."""
    return tuple(sorted(fills, key=lambda fill: (fill.at, fill.execution_id)))


def with_newest_events(pieces: Sequence[Slice], events: Sequence[OrderEvent]) -> tuple[Slice, ...]:
    """The slices with their newest events, given in the order of recording."""
    newest = {event.key: event for event in events}
    return tuple(
        _with_event(piece, newest[piece.request.key]) if piece.request.key in newest else piece for piece in pieces
    )


def _with_event(piece: Slice, event: OrderEvent) -> Slice:
    return replace(
        piece,
        state=event.state,
        broker_order_id=event.broker_order_id,
        reason=event.reason,
        token=event.token,
        filled_told=event.filled_shares or Decimal(0),
        state_at=event.at,
        cause=event.cause,
    )


def ticket_of(row: RowMapping | Mapping[str, Any], resolution: Resolution | None) -> Ticket:
    """One order whose fate only a person can find out, with that person's word as far as there is one."""
    cells: dict[str, Any] = dict(row)
    cells["side"] = Side(row["side"])
    return Ticket(**cells, resolution=resolution)
