"""History that a source rewrote after a session was decided on it."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

APPEND_ONLY = ("restatements",)


def upgrade() -> None:
    op.create_table(
        "restatements",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("restated_sha256", sa.String(length=64), nullable=False),
        sa.Column("snapshot_sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_restatements_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("cycle_id", "restated_sha256", name=op.f("pk_restatements")),
    )
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("restatements")
