"""What reviewers said of reports."""

from sqlalchemy import Column, Integer, String, Table, Text

from sql.tables.metadata import cycle_column, metadata
from sql.types import Instant

reviews = Table(
    "reviews",
    metadata,
    Column("id", Integer, primary_key=True),
    cycle_column(),
    Column("report_sha256", String(64), nullable=False),
    Column("point", String(8), nullable=False),
    Column("said", String(24), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
