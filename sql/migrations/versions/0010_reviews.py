"""What reviewers said of reports, point by point and as a whole."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

APPEND_ONLY = ("reviews",)


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("report_sha256", sa.String(length=64), nullable=False),
        sa.Column("point", sa.String(length=8), nullable=False),
        sa.Column("said", sa.String(length=24), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_reviews_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_cycle_id"), "reviews", ["cycle_id"])
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("reviews")
