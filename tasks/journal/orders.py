"""Orders, the intents of their slices (committed before anything is sent), events and fills."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select

from sql.tables import allocations, fills, order_events, order_marks, orders, slices, waves
from tasks.journal.writing import insert_once
from tasks.terms import Algorithm, CostEstimate, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class Order:
    """One block order of a plan; its slices are worked through the session."""

    order_id: str
    cycle_id: str
    plan_hash: str
    symbol: str
    side: Side
    shares: Decimal
    algorithm: Algorithm
    reason: str
    decision_price: Decimal
    decided_at: datetime
    adv_shares: float | None
    estimate: CostEstimate | None
    schedule: tuple[tuple[int, Decimal], ...]
    """(wave number, shares planned for it); the schedule as it stood when the order was made."""
    allocations: Mapping[str, Decimal] = field(default_factory=dict)
    """Shares by account."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The intent of one child order, with the state its newest event gives it."""

    request: OrderRequest
    order_id: str
    wave: int
    generation: int
    due_at: datetime
    state: OrderState
    broker_order_id: str = ""
    reason: str = ""


class Orders:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- block orders ---

    def record_orders(self, new: Sequence[Order]) -> None:
        with self._engine.begin() as connection:
            insert_once(connection, orders, [_order_row(o) for o in new])
            shares = [
                {"order_id": o.order_id, "account": account, "shares": part}
                for o in new
                for account, part in o.allocations.items()
            ]
            insert_once(connection, allocations, shares)

    def orders(self, cycle_id: str) -> tuple[Order, ...]:
        """Sells before buys, then by symbol."""
        query = select(orders).where(orders.c.cycle_id == cycle_id).order_by(orders.c.side.desc(), orders.c.symbol)
        split = (
            select(allocations)
            .join(orders, orders.c.order_id == allocations.c.order_id)
            .where(orders.c.cycle_id == cycle_id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
            parts = connection.execute(split).mappings().all()
        by_order: dict[str, dict[str, Decimal]] = {}
        for part in parts:
            by_order.setdefault(part["order_id"], {})[part["account"]] = part["shares"]
        return tuple(_order(row, by_order.get(row["order_id"], {})) for row in rows)

    def record_marks(self, marks: Sequence[tuple[str, str, datetime, Decimal]]) -> None:
        """(order id, `arrival` or `end`, when, mid or official price); the first one of a kind stands."""
        rows = [{"order_id": o, "kind": k, "at": at, "price": price} for o, k, at, price in marks]
        with self._engine.begin() as connection:
            insert_once(connection, order_marks, rows)

    def marks(self, cycle_id: str) -> dict[tuple[str, str], tuple[datetime, Decimal]]:
        query = (
            select(order_marks)
            .join(orders, orders.c.order_id == order_marks.c.order_id)
            .where(orders.c.cycle_id == cycle_id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return {(r["order_id"], r["kind"]): (r["at"], r["price"]) for r in rows}

    # --- waves and slices ---

    def record_wave(
        self, cycle_id: str, number: int, at: datetime, intents: Sequence[Slice], notes: Mapping[str, Any]
    ) -> None:
        """Commit a wave's decision and all its intents in one transaction, before any of them is sent."""
        with self._engine.begin() as connection:
            row = {"cycle_id": cycle_id, "number": number, "decided_at": at, "notes": dict(notes)}
            if insert_once(connection, waves, [row]):
                insert_once(connection, slices, [_slice_row(cycle_id, s) for s in intents])
                _add_events(connection, [(s.request.key, OrderState.INTENDED, at, "", "") for s in intents])

    def wave_decided(self, cycle_id: str, number: int) -> bool:
        query = select(waves.c.number).where(waves.c.cycle_id == cycle_id, waves.c.number == number)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def wave_notes(self, cycle_id: str) -> dict[int, tuple[str, ...]]:
        """What each wave noted about orders it did not send, by wave number."""
        query = select(waves).where(waves.c.cycle_id == cycle_id).order_by(waves.c.number)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return {r["number"]: tuple(r["notes"].get("notes", ())) for r in rows}

    def slices(self, cycle_id: str) -> tuple[Slice, ...]:
        """In the order of waves and of recording, each with its newest state."""
        query = select(slices).where(slices.c.cycle_id == cycle_id).order_by(slices.c.wave, slices.c.key)
        newest_ids = (
            select(func.max(order_events.c.id))
            .join(slices, slices.c.key == order_events.c.key)
            .where(slices.c.cycle_id == cycle_id)
            .group_by(order_events.c.key)
        )
        last = select(order_events).where(order_events.c.id.in_(newest_ids))
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
            newest = {e["key"]: e for e in connection.execute(last).mappings()}
        return tuple(_slice(row, newest[row["key"]]) for row in rows)

    def add_events(self, events: Sequence[tuple[str, OrderState, datetime, str, str]]) -> None:
        """(key, state, when, broker's order id, reason)."""
        with self._engine.begin() as connection:
            _add_events(connection, events)

    # --- fills ---

    def record_fills(self, broker: str, cycle_id: str, executions: Sequence[Execution]) -> int:
        """Add executions by the broker's own id; returns how many were new.

        Brokers tell the whole day again every time; what this cycle has already is not sent to the database again.
        """
        query = select(fills.c.execution_id).where(fills.c.cycle_id == cycle_id, fills.c.broker == broker)
        with self._engine.connect() as connection:
            known = set(connection.execute(query).scalars())
        rows = [_fill_row(broker, cycle_id, e) for e in executions if e.execution_id not in known]
        if not rows:
            return 0
        with self._engine.begin() as connection:
            return insert_once(connection, fills, rows)

    def fills(self, cycle_id: str) -> tuple[Execution, ...]:
        query = select(fills).where(fills.c.cycle_id == cycle_id).order_by(fills.c.at, fills.c.execution_id)
        return self._executions(query)

    def all_fills(self, account: str, keys_of_book: str) -> tuple[Execution, ...]:
        """Every fill of one book in one account, oldest first."""
        from sql.tables import cycles

        query = (
            select(fills)
            .join(cycles, cycles.c.cycle_id == fills.c.cycle_id)
            .where(cycles.c.book == keys_of_book, fills.c.account == account)
            .order_by(fills.c.at, fills.c.execution_id)
        )
        return self._executions(query)

    def _executions(self, query: Any) -> tuple[Execution, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        values = ({name: row[name] for name in Execution.__slots__} for row in rows)
        return tuple(Execution(**{**value, "side": Side(value["side"])}) for value in values)


def _fill_row(broker: str, cycle_id: str, execution: Execution) -> dict[str, Any]:
    values = {name: getattr(execution, name) for name in Execution.__slots__}
    return {"broker": broker, "cycle_id": cycle_id, **values, "side": execution.side.value}


def _add_events(connection: Connection, events: Sequence[tuple[str, OrderState, datetime, str, str]]) -> None:
    rows = [
        {"key": key, "state": state.value, "at": at, "broker_order_id": broker_id, "reason": reason}
        for key, state, at, broker_id, reason in events
    ]
    if rows:
        connection.execute(order_events.insert(), rows)


def _order_row(order: Order) -> dict[str, Any]:
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


def _order(row: RowMapping, parts: Mapping[str, Decimal]) -> Order:
    return Order(
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


def _slice_row(cycle_id: str, intent: Slice) -> dict[str, Any]:
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
    }


def _slice(row: RowMapping, event: RowMapping) -> Slice:
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
        ),
        order_id=row["order_id"],
        wave=row["wave"],
        generation=row["generation"],
        due_at=row["due_at"],
        state=OrderState(event["state"]),
        broker_order_id=event["broker_order_id"],
        reason=event["reason"],
    )
