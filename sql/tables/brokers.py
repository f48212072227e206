"""What brokers took to answer, how they were examined, and their limits on requests."""

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table

from sql.tables.metadata import metadata
from sql.types import Instant, Real

latencies = Table(
    "latencies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("broker", String(20), nullable=False),
    Column("call", String(12), nullable=False),
    Column("key", String(40), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("seconds", Real, nullable=False),
)

examinations = Table(
    "examinations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("broker", String(20), nullable=False),
    Column("account", String(40), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

requests_made = Table(
    "requests_made",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(60), nullable=False, index=True),
    Column("epoch_s", Real, nullable=False),
)

requests_waiting = Table(
    "requests_waiting",
    metadata,
    Column("who", String(40), primary_key=True),
    Column("scope", String(60), nullable=False, index=True),
    Column("urgency", Integer, nullable=False),
    Column("since", Real, nullable=False),
    Column("seen", Real, nullable=False),
)

requests_closed = Table(
    "requests_closed",
    metadata,
    Column("scope", String(60), primary_key=True),
    Column("until", Real, nullable=False),
)
