"""Steps of a session that a person had done again: from which one on, by whose word and why."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("reruns",)


def upgrade() -> None:
    op.create_table(
        "reruns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("from_step", sa.String(length=20), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_reruns_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reruns")),
    )
    op.create_index(op.f("ix_reruns_cycle_id"), "reruns", ["cycle_id"])
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("reruns")
