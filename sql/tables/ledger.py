"""The ledger and its disputes."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, String, Table, Text

from sql.tables.metadata import cycle_column, metadata
from sql.types import Exact, Instant

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry_id", String(80), primary_key=True),
    Column("book", String(20), nullable=False, index=True),
    Column("account", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("symbol", String(20)),
    Column("shares", Exact),
    Column("amount_usd", Exact),
    Column("price", Exact),
    Column("because", Text, nullable=False),
)

breaks = Table(
    "breaks",
    metadata,
    Column("break_id", String(80), primary_key=True),
    cycle_column(),
    Column("book", String(20), nullable=False),
    Column("symbol", String(20)),
    Column("kind", String(20), nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("amount_usd", Exact),
    Column("sentence", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("cause", String(24), nullable=False, server_default="unknown"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("break_id", String(80), ForeignKey("breaks.break_id"), primary_key=True),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("explained_at", Instant, nullable=False),
)

valuations = Table(
    "valuations",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("nav_usd", Exact, nullable=False),
    Column("cash_usd", Exact, nullable=False),
    Column("prices", JSON, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)
