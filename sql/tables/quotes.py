"""Quotes that were in force when child orders were sent and when their fills were collected."""

from sqlalchemy import Column, ForeignKey, String, Table, Text

from sql.tables.metadata import cycle_column, metadata
from sql.types import Exact, Instant

quotes_seen = Table(
    "quotes_seen",
    metadata,
    Column("key", String(40), ForeignKey("slices.key"), primary_key=True),
    Column("moment", String(8), primary_key=True),
    Column("execution_id", String(80), primary_key=True),
    cycle_column(),
    Column("asked_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("bid", Exact, nullable=False),
    Column("ask", Exact, nullable=False),
    Column("bid_size", Exact),
    Column("ask_size", Exact),
    Column("source", Text, nullable=False),
)
