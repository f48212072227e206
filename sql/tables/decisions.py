"""What was decided and who agreed."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table, Text, UniqueConstraint

from sql.tables.metadata import cycle_column, metadata
from sql.types import Instant, Real

plans = Table(
    "plans",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    cycle_column(),
    Column("revision", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("cycle_id", "revision"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), nullable=False),
    Column("decision", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("price_band_pct", Real, nullable=False),
    Column("orders", JSON(none_as_null=True)),
)

approval_requests = Table(
    "approval_requests",
    metadata,
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), primary_key=True),
    Column("asked_at", Instant, nullable=False),
    Column("flow_run_id", String(40), nullable=False),
)
