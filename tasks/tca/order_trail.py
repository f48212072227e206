"""What the record says of each order beside its cost: broker, checks, states, entries of the audit chain; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasks.model.recorded_row import RecordedRow
from tasks.tca.session_record import CheckFigure, OrderTrail, StateChange

BESIDE_ORDERS = ("allocations", "order_marks", "slices")
BESIDE_SLICES = ("order_events", "tickets", "resolutions", "fills", "quotes_seen")


def order_trails(rows: Sequence[RecordedRow]) -> dict[str, OrderTrail]:
    """By order id, from the rows of its session in the order in which they were written."""
    of_slice = {row.key: row.values["order_id"] for row in rows if row.table == "slices"}
    found: dict[str, list[RecordedRow]] = {}
    for row in rows:
        order_id = _order_of(row, of_slice)
        if order_id:
            found.setdefault(order_id, []).append(row)
    return {order_id: _trail(own) for order_id, own in found.items()}


def _order_of(row: RecordedRow, of_slice: Mapping[str, str]) -> str | None:
    if row.table == "orders":
        return row.key
    if row.table in BESIDE_ORDERS:
        return row.values["order_id"]
    return of_slice.get(row.values["key"]) if row.table in BESIDE_SLICES else None


def _trail(rows: Sequence[RecordedRow]) -> OrderTrail:
    return OrderTrail(
        allocations={
            row.values["account"]: Decimal(row.values["shares"]) for row in rows if row.table == "allocations"
        },
        broker=", ".join(sorted({row.values["broker"] for row in rows if row.table == "fills"})),
        changes=tuple(_change(row) for row in rows if row.table == "order_events"),
        entries=tuple(row.entry for row in rows),
    )


def _change(row: RecordedRow) -> StateChange:
    words = row.values
    return StateChange(
        words["key"],
        words["state"],
        datetime.fromisoformat(words["at"]),
        words.get("broker_order_id", ""),
        words.get("reason", ""),
        row.seq,
    )


def with_checks(trail: OrderTrail, figures: Sequence[Mapping[str, Any]], at: str) -> OrderTrail:
    """`figures` as the step that wrote the plan left them behind."""
    checks = tuple(CheckFigure(one["check"], one["value"], one["limit"], one["outcome"]) for one in figures)
    return replace(trail, checks=checks, checked_at=datetime.fromisoformat(at) if at else None)
