"""Orders, their slices and what became of them."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text

from sql.tables.metadata import cycle_column, metadata
from sql.types import Exact, Instant, Real

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(60), primary_key=True),
    cycle_column(),
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("algorithm", String(24), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("decision_price", Exact, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("adv_shares", Real),
    Column("estimate", JSON),
    Column("schedule", JSON, nullable=False),
)

allocations = Table(
    "allocations",
    metadata,
    Column("order_id", String(60), ForeignKey("orders.order_id"), primary_key=True),
    Column("account", String(40), primary_key=True),
    Column("shares", Exact, nullable=False),
)

order_marks = Table(
    "order_marks",
    metadata,
    Column("order_id", String(60), ForeignKey("orders.order_id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("price", Exact, nullable=False),
)

waves = Table(
    "waves",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("decided_at", Instant, nullable=False),
    Column("notes", JSON, nullable=False),
)

slices = Table(
    "slices",
    metadata,
    Column("key", String(40), primary_key=True),
    cycle_column(),
    Column("order_id", String(60), ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("wave", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("order_type", String(10), nullable=False),
    Column("time_in_force", String(4), nullable=False),
    Column("limit_price", Exact),
    Column("due_at", Instant, nullable=False),
    Column("native", JSON(none_as_null=True)),
)

order_events = Table(
    "order_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), ForeignKey("slices.key"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("broker_order_id", String(60), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("token", Integer, nullable=False, server_default="0"),
    Column("filled_shares", Exact),
    Column("cause", String(20)),
)

tickets = Table(
    "tickets",
    metadata,
    Column("key", String(40), ForeignKey("slices.key"), primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("sentence", Text, nullable=False),
)

resolutions = Table(
    "resolutions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), ForeignKey("slices.key"), nullable=False, index=True),
    Column("said", String(8), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

fills = Table(
    "fills",
    metadata,
    Column("broker", String(20), primary_key=True),
    Column("execution_id", String(80), primary_key=True),
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), nullable=False, index=True),
    Column("key", String(40), nullable=False),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("fee", Exact, nullable=False),
    Column("at", Instant, nullable=False),
    Column("venue", String(20), nullable=False),
    Column("supersedes", String(80), nullable=False, server_default=""),
)
