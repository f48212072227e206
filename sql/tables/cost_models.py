"""Cost models fitted to a book's own orders, and what people said of them."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from sql.tables.metadata import metadata
from sql.types import Instant

cost_models = Table(
    "cost_models",
    metadata,
    Column("model_id", String(64), primary_key=True),
    Column("book", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_session", Date, nullable=False),
    Column("last_session", Date, nullable=False),
    Column("body", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    UniqueConstraint("book", "version"),
)

cost_model_words = Table(
    "cost_model_words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book", String(20), nullable=False),
    Column("model_id", String(64), ForeignKey("cost_models.model_id"), nullable=False),
    Column("said", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("despite_doubts", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)

Index("ix_cost_model_words_book", cost_model_words.c.book)
