"""History that a source rewrote after a session was decided on it."""

from sqlalchemy import JSON, Column, ForeignKey, String, Table

from sql.tables.metadata import metadata
from sql.types import Instant

restatements = Table(
    "restatements",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("restated_sha256", String(64), primary_key=True),
    Column("snapshot_sha256", String(64), nullable=False),
    Column("body", JSON, nullable=False),
    Column("found_at", Instant, nullable=False),
)
