"""Quotes in force when child orders were sent and when their fills were collected."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Exact, Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = ("quotes_seen",)


def upgrade() -> None:
    op.create_table(
        "quotes_seen",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("moment", sa.String(length=8), nullable=False),
        sa.Column("execution_id", sa.String(length=80), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("bid", Exact(), nullable=False),
        sa.Column("ask", Exact(), nullable=False),
        sa.Column("bid_size", Exact(), nullable=True),
        sa.Column("ask_size", Exact(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_quotes_seen_cycle_id_cycles")),
        sa.ForeignKeyConstraint(["key"], ["slices.key"], name=op.f("fk_quotes_seen_key_slices")),
        sa.PrimaryKeyConstraint("key", "moment", "execution_id", name=op.f("pk_quotes_seen")),
    )
    op.create_index(op.f("ix_quotes_seen_cycle_id"), "quotes_seen", ["cycle_id"])
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("quotes_seen")
