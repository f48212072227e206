"""Brokers: their own algorithms, how fast they answered, what was examined, and what one key may still ask."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("examinations",)


def upgrade() -> None:
    op.create_table(
        "examinations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("broker", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examinations")),
    )
    op.create_table(
        "latencies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broker", sa.String(length=20), nullable=False),
        sa.Column("call", sa.String(length=12), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_latencies")),
    )
    op.create_index(op.f("ix_latencies_key"), "latencies", ["key"])
    op.create_table(
        "requests_made",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("epoch_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests_made")),
    )
    op.create_index(op.f("ix_requests_made_scope"), "requests_made", ["scope"])
    op.create_table(
        "requests_waiting",
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("since", sa.Float(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_requests_waiting")),
    )
    op.create_index(op.f("ix_requests_waiting_scope"), "requests_waiting", ["scope"])
    op.create_table(
        "requests_closed",
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_requests_closed")),
    )
    op.add_column("slices", sa.Column("native", sa.JSON(none_as_null=True), nullable=True))
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_column("slices", "native")
    op.drop_table("requests_closed")
    op.drop_table("requests_waiting")
    op.drop_table("requests_made")
    op.drop_table("latencies")
    op.drop_table("examinations")
