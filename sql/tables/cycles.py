"""Cycles: one is one book on one session."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from sql.tables.metadata import cycle_column, metadata
from sql.types import Instant, Real

cycles = Table(
    "cycles",
    metadata,
    Column("cycle_id", String(40), primary_key=True),
    Column("book", String(20), nullable=False),
    Column("session", Date, nullable=False),
    Column("kind", String(12), nullable=False, server_default="rebalance"),
    Column("account", String(40), nullable=False),
    Column("mode", String(12), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("message", Text, nullable=False, server_default=""),
    Column("book_file", Text, nullable=False),
    Column("book_sha256", String(64), nullable=False),
    Column("book_text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("book", "session", "kind"),
)

Index("ix_cycles_book_session", cycles.c.book, cycles.c.session)

attempts = Table(
    "attempts",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("mode", String(12), nullable=False),
    Column("book_file", Text, nullable=False),
    Column("book_sha256", String(64), nullable=False),
    Column("book_text", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("step", String(40), primary_key=True),
    Column("output", JSON, nullable=False),
    Column("seconds", Real, nullable=False),
    Column("finished_at", Instant, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("attempt", Integer, nullable=False),
    Column("step", String(40), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("check_name", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("symbol", String(20)),
    Column("session", Date),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("source", String(20), nullable=False),
    Column("adjustment", String(24), nullable=False),
    Column("first_session", Date, nullable=False),
    Column("last_session", Date, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("symbols", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

targets = Table(
    "targets",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("symbol", String(20), primary_key=True),
    Column("current_weight", Real, nullable=False),
    Column("target_weight", Real, nullable=False),
)
