"""Positions that a person wrote off, or took back: what nobody prices and the broker shows for ever."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Exact, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

APPEND_ONLY = ("write_offs",)


def upgrade() -> None:
    op.create_table(
        "write_offs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("said", sa.String(length=12), nullable=False),
        sa.Column("price", Exact(), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_offs")),
    )
    op.create_index(op.f("ix_write_offs_book"), "write_offs", ["book"])
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("write_offs")
