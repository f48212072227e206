"""Orders, the intents of their slices (committed before anything is sent), events and fills."""

# SQLAlchemy documents Row._mapping, for all its underscore.
# pyright: reportPrivateUsage=false

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Row, RowMapping, Select

from sql.tables import (
    allocations,
    fills,
    order_events,
    order_marks,
    orders,
    slices,
    waves,
)
from tasks.errors import BrokerError, NotApprovedError
from tasks.journal.decisions import refused_by, struck_out
from tasks.journal.known import Known
from tasks.journal.leases import Fence
from tasks.journal.order_questions import (
    ALL_FILLS,
    ALLOCATIONS,
    EVENTS,
    EXECUTION_IDS,
    FILLS,
    MARKS,
    ORDERS,
    SLICES,
    WAVES,
)
from tasks.journal.order_rows import (
    event_of,
    event_row,
    execution_of,
    fill_row,
    in_turn,
    oldest_first,
    order_of,
    order_row,
    slice_begun,
    slice_of,
    slice_row,
    with_newest_events,
)
from tasks.journal.quotes import note_quotes
from tasks.journal.statements import add, insert_once, inserted
from tasks.journal.tickets import Tickets
from tasks.model.cycle import book_of
from tasks.model.order_records import OrderEvent, ParentOrder, Resolution, Slice, Ticket
from tasks.model.orders import Execution, OrderState
from tasks.model.quotes_seen import QuoteSeen
from tasks.wording import short_hash

__all__ = ["OrderEvent", "Orders", "ParentOrder", "Resolution", "Slice", "Ticket"]


class Orders(Tickets):
    """What is asked about a cycle is known after the first time, within a step of the book's writer (`known.py`)."""

    def __init__(self, engine: Engine, fence: Fence, known: Known) -> None:
        super().__init__(engine)
        self._fence = fence
        self._known = known

    # --- block orders ---

    def record_orders(self, new: Sequence[ParentOrder]) -> None:
        """A plan becomes orders. Raises: NotApprovedError when somebody has refused it, or one of these orders, in the
        meantime.
        """
        with self._known.writing() as connection:
            for plan_hash in {order.plan_hash for order in new}:
                who = refused_by(connection, plan_hash)
                if who is not None:
                    raise NotApprovedError(
                        f"{who} refused plan {short_hash(plan_hash)}; run the session again for a new plan"
                    )
                for symbol, by in struck_out(connection, plan_hash).items():
                    if any(order.symbol == symbol and order.plan_hash == plan_hash for order in new):
                        raise NotApprovedError(f"{by} has struck out {symbol} just now; run the session again")
            insert_once(connection, orders, [order_row(o) for o in new])
            shares = [
                {"order_id": o.order_id, "account": account, "shares": part}
                for o in new
                for account, part in o.allocations.items()
            ]
            insert_once(connection, allocations, shares)
        self._known.forget("orders")

    def orders(self, cycle_id: str) -> tuple[ParentOrder, ...]:
        """Sells before buys, then by symbol."""

        def read() -> tuple[ParentOrder, ...]:
            rows, parts = self._rows(ORDERS, cycle_id), self._rows(ALLOCATIONS, cycle_id)
            by_order: dict[str, dict[str, Decimal]] = {}
            for part in parts:
                by_order.setdefault(part["order_id"], {})[part["account"]] = part["shares"]
            return tuple(order_of(row, by_order.get(row["order_id"], {})) for row in rows)

        return self._known.recall("orders", cycle_id, book_of(cycle_id), read)

    def record_marks(self, marks: Sequence[tuple[str, str, datetime, Decimal]]) -> None:
        """(order id, `arrival` or `end`, when, mid or official price); the first one of a kind stands."""
        if not marks:
            return
        rows = [{"order_id": o, "kind": k, "at": at, "price": price} for o, k, at, price in marks]
        with self._known.writing() as connection:
            new = {(row.order_id, row.kind): (row.at, row.price) for row in inserted(connection, order_marks, rows)}

        def learnt(cycle_id: str, known: dict[tuple[str, str], tuple[datetime, Decimal]]) -> Mapping[Any, Any]:
            own = {order.order_id for order in self.orders(cycle_id)}
            return known | {name: mark for name, mark in new.items() if name[0] in own}

        if new:
            self._known.learn("marks", learnt)

    def marks(self, cycle_id: str) -> dict[tuple[str, str], tuple[datetime, Decimal]]:
        """Instant (UTC) and price (USD) by order id and kind: `arrival` or `end`."""

        def read() -> dict[tuple[str, str], tuple[datetime, Decimal]]:
            return {(r["order_id"], r["kind"]): (r["at"], r["price"]) for r in self._rows(MARKS, cycle_id)}

        return dict(self._known.recall("marks", cycle_id, book_of(cycle_id), read))

    # --- waves and slices ---

    def record_wave(
        self, cycle_id: str, number: int, at: datetime, intents: Sequence[Slice], notes: Mapping[str, Any]
    ) -> None:
        """Commit a wave's decision and all its intents in one transaction, before any of them is sent."""
        begun: tuple[Slice, ...] = ()
        told: Sequence[OrderEvent] = ()
        with self._known.writing() as connection:
            row = {"cycle_id": cycle_id, "number": number, "decided_at": at, "notes": dict(notes)}
            if decided := inserted(connection, waves, [row]):
                begun, told = self._begin(connection, cycle_id, at, intents)
        if decided:
            noted = {number: tuple(decided[0].notes.get("notes", ()))}
            self._known.learn("waves", lambda of, known: known | noted if of == cycle_id else known)
            self._learn_of(cycle_id, begun, told)

    def wave_decided(self, cycle_id: str, number: int) -> bool:
        """Whether the wave is on record, even if it sent nothing: then it is not decided again."""
        return number in self.wave_notes(cycle_id)

    def wave_notes(self, cycle_id: str) -> dict[int, tuple[str, ...]]:
        """What each wave noted about orders it did not send, by wave number."""

        def read() -> dict[int, tuple[str, ...]]:
            return {r["number"]: tuple(r["notes"].get("notes", ())) for r in self._rows(WAVES, cycle_id)}

        return dict(self._known.recall("waves", cycle_id, book_of(cycle_id), read))

    def slices(self, cycle_id: str) -> tuple[Slice, ...]:
        """In the order of waves and of keys, each with its newest state."""

        def read() -> tuple[Slice, ...]:
            return in_turn(slice_of(row) for row in self._rows(SLICES, cycle_id))

        return self._known.recall("slices", cycle_id, book_of(cycle_id), read)

    def record_generation(self, cycle_id: str, at: datetime, intents: Sequence[Slice]) -> None:
        """Commit the next generation of intents whose earlier one is proven dead."""
        if not intents:
            return
        with self._known.writing() as connection:
            begun, told = self._begin(connection, cycle_id, at, intents)
        self._learn_of(cycle_id, begun, told)

    def add_events(self, events: Sequence[OrderEvent], quotes: Sequence[QuoteSeen] = ()) -> None:
        """Append what came to be known; the newest event of a key is its state. `quotes` are those of that moment."""
        if not events:
            return
        with self._known.writing() as connection:
            told = self._add(connection, events)
            note_quotes(connection, quotes)
        self._known.learn("slices", lambda _, known: with_newest_events(known, told))
        self._known.learn("events", lambda of, known: (*known, *self._of_cycle(of, told)))

    def events(self, cycle_id: str) -> tuple[OrderEvent, ...]:
        """Every event of a cycle, in the order of recording."""

        def read() -> tuple[OrderEvent, ...]:
            return tuple(event_of(row) for row in self._rows(EVENTS, cycle_id))

        return self._known.recall("events", cycle_id, book_of(cycle_id), read)

    def _begin(
        self, connection: Connection, cycle_id: str, at: datetime, intents: Sequence[Slice]
    ) -> tuple[tuple[Slice, ...], Sequence[OrderEvent]]:
        """Put intents on record with their first event; nothing, where they are on record already."""
        rows = inserted(connection, slices, [slice_row(cycle_id, s) for s in intents])
        if not rows:
            return (), ()
        events = self._add_rows(connection, [OrderEvent(s.request.key, OrderState.INTENDED, at) for s in intents])
        first = {event.key: event._mapping for event in events}
        return tuple(slice_begun(row._mapping, first[row.key]) for row in rows), [event_of(e._mapping) for e in events]

    def _learn_of(self, cycle_id: str, begun: Sequence[Slice], told: Sequence[OrderEvent]) -> None:
        self._known.learn("slices", lambda of, known: in_turn([*known, *begun]) if of == cycle_id else known)
        self._known.learn("events", lambda of, known: (*known, *told) if of == cycle_id else known)

    def _of_cycle(self, cycle_id: str, told: Sequence[OrderEvent]) -> list[OrderEvent]:
        keys = {piece.request.key for piece in self.slices(cycle_id)}
        return [event for event in told if event.key in keys]

    def _add(self, connection: Connection, events: Sequence[OrderEvent]) -> list[OrderEvent]:
        return [event_of(row._mapping) for row in self._add_rows(connection, events)]

    def _add_rows(self, connection: Connection, events: Sequence[OrderEvent]) -> Sequence[Row[Any]]:
        token = self._fence.token
        return add(connection, order_events, [event_row(event, token) for event in events])

    def _rows(self, question: Select[Any], cycle_id: str, **values: str) -> Sequence[RowMapping]:
        with self._engine.connect() as connection:
            return connection.execute(question, {"cycle": cycle_id, **values}).mappings().all()

    # --- fills ---

    def not_on_record(self, broker: str, cycle_id: str, executions: Sequence[Execution]) -> tuple[Execution, ...]:
        """Those whose ids are new: brokers tell the whole day again every time."""
        known = self._execution_ids(broker, cycle_id)
        return tuple({e.execution_id: e for e in executions if e.execution_id not in known}.values())

    def record_fills(
        self, broker: str, cycle_id: str, executions: Sequence[Execution], quotes: Sequence[QuoteSeen] = ()
    ) -> tuple[Execution, ...]:
        """Add executions by the broker's own id, and the quotes seen with them; returns the new ones.

        What this cycle has already is not sent to the database again.
        """
        new = self.not_on_record(broker, cycle_id, executions)
        if new:
            with self._known.writing() as connection:
                kept = inserted(connection, fills, [fill_row(broker, cycle_id, e) for e in new])
                if len(kept) != len(new):
                    raise BrokerError(
                        f"{len(new) - len(kept)} executions of {cycle_id} carry ids that {broker} has given to another "
                        "session before; nothing of this answer was recorded. Compare the account with the ledger"
                    )
                note_quotes(connection, quotes)
            self._learn_fills(cycle_id, broker, [execution_of(row._mapping) for row in kept])
        return new

    def fills(self, cycle_id: str) -> tuple[Execution, ...]:
        """Oldest first."""
        return self._known.recall(
            "fills", cycle_id, book_of(cycle_id), lambda: _executions(self._rows(FILLS, cycle_id))
        )

    def all_fills(self, account: str, keys_of_book: str) -> tuple[Execution, ...]:
        """Every fill of one book in one account, oldest first."""

        def read() -> tuple[Execution, ...]:
            with self._engine.connect() as connection:
                values = {"account": account, "book": keys_of_book}
                return _executions(connection.execute(ALL_FILLS, values).mappings().all())

        return self._known.recall("all fills", (keys_of_book, account), keys_of_book, read)

    def _execution_ids(self, broker: str, cycle_id: str) -> frozenset[str]:
        def read() -> frozenset[str]:
            return frozenset(row["execution_id"] for row in self._rows(EXECUTION_IDS, cycle_id, broker=broker))

        return self._known.recall("execution ids", (broker, cycle_id), book_of(cycle_id), read)

    def _learn_fills(self, cycle_id: str, broker: str, new: Sequence[Execution]) -> None:
        def in_account(of: tuple[str, str], known: Sequence[Execution]) -> tuple[Execution, ...]:
            own = [fill for fill in new if of == (book_of(cycle_id), fill.account)]
            return oldest_first([*known, *own])

        ids, of_broker = {fill.execution_id for fill in new}, (broker, cycle_id)
        self._known.learn("fills", lambda of, known: oldest_first([*known, *new]) if of == cycle_id else known)
        self._known.learn("all fills", in_account)
        self._known.learn("execution ids", lambda of, known: known | ids if of == of_broker else known)


def _executions(rows: Sequence[RowMapping]) -> tuple[Execution, ...]:
    return oldest_first(execution_of(row) for row in rows)
