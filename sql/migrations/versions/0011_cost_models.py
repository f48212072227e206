"""Cost models fitted to a book's own orders, and what people said of them."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

APPEND_ONLY = ("cost_models", "cost_model_words")


def upgrade() -> None:
    op.create_table(
        "cost_models",
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("first_session", sa.Date(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", name=op.f("pk_cost_models")),
        sa.UniqueConstraint("book", "version", name=op.f("uq_cost_models_book")),
    )
    op.create_table(
        "cost_model_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("said", sa.String(length=10), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("despite_doubts", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["cost_models.model_id"], name=op.f("fk_cost_model_words_model_id_cost_models")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_model_words")),
    )
    op.create_index("ix_cost_model_words_book", "cost_model_words", ["book"])
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    op.drop_table("cost_model_words")
    op.drop_table("cost_models")
