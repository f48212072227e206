"""Who may write, whether anything may be sent, and the proof that nothing was changed."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from sql.tables.metadata import cycle_column, metadata
from sql.types import Exact, Instant

leases = Table(
    "leases",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

lease_log = Table(
    "lease_log",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("token", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(20), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

cancellations = Table(
    "cancellations",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("attempt", Integer, nullable=False),
    Column("said", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

session_runs = Table(
    "session_runs",
    metadata,
    Column("flow_run_id", String(36), primary_key=True),
    cycle_column(),
    Column("token", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Instant, nullable=False),
)

write_offs = Table(
    "write_offs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book", String(20), nullable=False, index=True),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("said", String(12), nullable=False),
    Column("price", Exact),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

reruns = Table(
    "reruns",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("attempt", Integer, nullable=False),
    Column("from_step", String(20), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

drills = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book", String(20), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("table_name", String(30), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("row_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
)

Index("ix_audit_table_key", audit.c.table_name, audit.c.row_key)
