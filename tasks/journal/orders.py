"""Orders, the intents of their slices (committed before anything is sent), events and fills."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, bindparam, func, select

from sql.chain import hold_the_end
from sql.tables import (
    allocations,
    cycles,
    fills,
    order_events,
    order_marks,
    orders,
    resolutions,
    slices,
    tickets,
    waves,
)
from tasks.errors import BrokerError, NotApprovedError
from tasks.journal.causes import cause_read
from tasks.journal.decisions import refused_by
from tasks.journal.leases import Fence
from tasks.journal.native_orders import read_native, written_native
from tasks.journal.writing import add, insert_once
from tasks.terms import (
    Algorithm,
    Cause,
    CostEstimate,
    Execution,
    OrderRequest,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
)


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
class OrderEvent:
    """One change of a slice's state, as it came to be known."""

    key: str
    state: OrderState
    at: datetime
    broker_order_id: str = ""
    reason: str = ""
    token: int = 0
    """Of the lease under which it was recorded; filled in by the journal."""
    filled_shares: Decimal | None = None
    """What the broker said was filled of it by then; its executions may come later. None when it said nothing."""
    cause: Cause | None = None
    """None where nothing is decided by it: an intent, or one on its way."""


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
    token: int = field(default=0, compare=False)
    """Of the lease under which the state was recorded."""
    filled_told: Decimal = field(default=Decimal(0), compare=False)
    """What the broker said was filled of it; its executions may come later."""
    state_at: datetime | None = field(default=None, compare=False)
    """When the state was recorded; None in an intent that is not on record yet."""
    cause: Cause | None = field(default=None, compare=False)
    """What the state rests on."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word on an order whose fate no broker would tell."""

    key: str
    said: str
    """`dead` or `alive`."""
    who: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order that only a person can decide about."""

    key: str
    cycle_id: str
    symbol: str
    side: Side
    shares: Decimal
    opened_at: datetime
    sentence: str
    resolution: Resolution | None


# Built once: these are asked before every single write, and building a statement costs more than running it.
_NEWEST = (
    select(func.max(order_events.c.id))
    .join(slices, slices.c.key == order_events.c.key)
    .where(slices.c.cycle_id == bindparam("cycle"))
    .group_by(order_events.c.key)
)
_SLICES = (
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
    .order_by(slices.c.wave, slices.c.key)
)
_FILLS = select(fills).where(fills.c.cycle_id == bindparam("cycle")).order_by(fills.c.at, fills.c.execution_id)
_ALL_FILLS = (
    select(fills)
    .join(cycles, cycles.c.cycle_id == fills.c.cycle_id)
    .where(cycles.c.book == bindparam("book"), fills.c.account == bindparam("account"))
    .order_by(fills.c.at, fills.c.execution_id)
)
_ORDERS = select(orders).where(orders.c.cycle_id == bindparam("cycle")).order_by(orders.c.side.desc(), orders.c.symbol)
_ALLOCATIONS = (
    select(allocations)
    .join(orders, orders.c.order_id == allocations.c.order_id)
    .where(orders.c.cycle_id == bindparam("cycle"))
)


class Orders:
    def __init__(self, engine: Engine, fence: Fence) -> None:
        self._engine = engine
        self._fence = fence

    # --- block orders ---

    def record_orders(self, new: Sequence[Order]) -> None:
        """A plan becomes orders. Raises: NotApprovedError when somebody has refused it in the meantime."""
        with self._engine.begin() as connection:
            self._fence.check(connection)
            hold_the_end(connection)
            for plan_hash in {order.plan_hash for order in new}:
                who = refused_by(connection, plan_hash)
                if who is not None:
                    raise NotApprovedError(f"{who} refused plan {plan_hash[:12]}; run the session again for a new plan")
            insert_once(connection, orders, [_order_row(o) for o in new])
            shares = [
                {"order_id": o.order_id, "account": account, "shares": part}
                for o in new
                for account, part in o.allocations.items()
            ]
            insert_once(connection, allocations, shares)

    def orders(self, cycle_id: str) -> tuple[Order, ...]:
        """Sells before buys, then by symbol."""
        with self._engine.connect() as connection:
            rows = connection.execute(_ORDERS, {"cycle": cycle_id}).mappings().all()
            parts = connection.execute(_ALLOCATIONS, {"cycle": cycle_id}).mappings().all()
        by_order: dict[str, dict[str, Decimal]] = {}
        for part in parts:
            by_order.setdefault(part["order_id"], {})[part["account"]] = part["shares"]
        return tuple(_order(row, by_order.get(row["order_id"], {})) for row in rows)

    def record_marks(self, marks: Sequence[tuple[str, str, datetime, Decimal]]) -> None:
        """(order id, `arrival` or `end`, when, mid or official price); the first one of a kind stands."""
        rows = [{"order_id": o, "kind": k, "at": at, "price": price} for o, k, at, price in marks]
        with self._engine.begin() as connection:
            self._fence.check(connection)
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
            self._fence.check(connection)
            row = {"cycle_id": cycle_id, "number": number, "decided_at": at, "notes": dict(notes)}
            if insert_once(connection, waves, [row]):
                insert_once(connection, slices, [_slice_row(cycle_id, s) for s in intents])
                self._add(connection, [OrderEvent(s.request.key, OrderState.INTENDED, at) for s in intents])

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
        with self._engine.connect() as connection:
            rows = connection.execute(_SLICES, {"cycle": cycle_id}).mappings().all()
        return tuple(_slice(row) for row in rows)

    def record_generation(self, cycle_id: str, at: datetime, intents: Sequence[Slice]) -> None:
        """Commit the next generation of intents whose earlier one is proven dead."""
        with self._engine.begin() as connection:
            self._fence.check(connection)
            if insert_once(connection, slices, [_slice_row(cycle_id, s) for s in intents]):
                self._add(connection, [OrderEvent(s.request.key, OrderState.INTENDED, at) for s in intents])

    def add_events(self, events: Sequence[OrderEvent]) -> None:
        """Append what came to be known; the newest event of a key is its state."""
        if not events:
            return
        with self._engine.begin() as connection:
            self._fence.check(connection)
            self._add(connection, events)

    def events(self, cycle_id: str) -> tuple[OrderEvent, ...]:
        """Every event of a cycle, in the order of recording."""
        query = (
            select(order_events)
            .join(slices, slices.c.key == order_events.c.key)
            .where(slices.c.cycle_id == cycle_id)
            .order_by(order_events.c.id)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_event(row) for row in rows)

    def _add(self, connection: Connection, events: Sequence[OrderEvent]) -> None:
        rows = [{name: getattr(e, name) for name in OrderEvent.__slots__} for e in events]
        token = self._fence.token
        add(connection, order_events, [{**row, "state": row["state"].value, "token": token} for row in rows])

    # --- tickets and what people said about them ---

    def open_tickets(self, new: Sequence[tuple[str, datetime, str]]) -> None:
        """(key, when, sentence): an order whose fate only a person can find out; one ticket a key."""
        rows = [{"key": key, "opened_at": at, "sentence": sentence} for key, at, sentence in new]
        with self._engine.begin() as connection:
            insert_once(connection, tickets, rows)

    def tickets(self, book: str) -> tuple[Ticket, ...]:
        """All tickets of a book, oldest first, each with what a person said last, if anything."""
        query = (
            select(tickets, slices.c.cycle_id, slices.c.symbol, slices.c.side, slices.c.shares)
            .join(slices, slices.c.key == tickets.c.key)
            .join(cycles, cycles.c.cycle_id == slices.c.cycle_id)
            .where(cycles.c.book == book)
            .order_by(tickets.c.opened_at, tickets.c.key)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        said = self.resolutions(tuple(row["key"] for row in rows))
        return tuple(Ticket(**{**row, "side": Side(row["side"])}, resolution=said.get(row["key"])) for row in rows)

    def record_resolution(self, resolution: Resolution) -> None:
        with self._engine.begin() as connection:
            add(connection, resolutions, [{n: getattr(resolution, n) for n in Resolution.__slots__}])

    def resolutions(self, keys: Sequence[str]) -> dict[str, Resolution]:
        """The newest word of a person on each of these keys."""
        query = select(resolutions).where(resolutions.c.key.in_(keys)).order_by(resolutions.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return {r["key"]: Resolution(**{n: r[n] for n in Resolution.__slots__}) for r in rows}

    # --- fills ---

    def record_fills(self, broker: str, cycle_id: str, executions: Sequence[Execution]) -> tuple[Execution, ...]:
        """Add executions by the broker's own id; returns the new ones.

        Brokers tell the whole day again every time; what this cycle has already is not sent to the database again.
        """
        query = select(fills.c.execution_id).where(fills.c.cycle_id == cycle_id, fills.c.broker == broker)
        with self._engine.connect() as connection:
            known = set(connection.execute(query).scalars())
        new = tuple({e.execution_id: e for e in executions if e.execution_id not in known}.values())
        if new:
            with self._engine.begin() as connection:
                self._fence.check(connection)
                kept = insert_once(connection, fills, [_fill_row(broker, cycle_id, e) for e in new])
                if kept != len(new):
                    raise BrokerError(
                        f"{len(new) - kept} executions of {cycle_id} carry ids that {broker} has given to another "
                        "session before; nothing of this answer was recorded. Compare the account with the ledger"
                    )
        return new

    def fills(self, cycle_id: str) -> tuple[Execution, ...]:
        return self._executions(_FILLS, {"cycle": cycle_id})

    def all_fills(self, account: str, keys_of_book: str) -> tuple[Execution, ...]:
        """Every fill of one book in one account, oldest first."""
        return self._executions(_ALL_FILLS, {"account": account, "book": keys_of_book})

    def _executions(self, query: Select[Any], values: Mapping[str, Any]) -> tuple[Execution, ...]:
        with self._engine.connect() as connection:
            rows = connection.execute(query, values).mappings().all()
        executions = ({name: row[name] for name in Execution.__slots__} for row in rows)
        return tuple(Execution(**{**value, "side": Side(value["side"])}) for value in executions)


def _event(row: RowMapping) -> OrderEvent:
    state = OrderState(row["state"])
    read = {"state": state, "cause": cause_read(row["cause"], state, row["reason"])}
    return OrderEvent(**{**{name: row[name] for name in OrderEvent.__slots__}, **read})


def _fill_row(broker: str, cycle_id: str, execution: Execution) -> dict[str, Any]:
    values = {name: getattr(execution, name) for name in Execution.__slots__}
    return {"broker": broker, "cycle_id": cycle_id, **values, "side": execution.side.value}


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
        "native": written_native(request.native) if request.native else None,
    }


def _slice(row: RowMapping) -> Slice:
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
