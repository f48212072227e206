"""The lease, the halt and the chain."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.audit_chain import enrol
from sql.types import Exact, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("attempts", "tickets", "resolutions", "lease_log", "halts", "drills", "audit")
OLDER = (
    "snapshots",
    "steps",
    "findings",
    "targets",
    "plans",
    "approvals",
    "orders",
    "allocations",
    "order_marks",
    "waves",
    "slices",
    "order_events",
    "fills",
    "ledger_entries",
    "breaks",
    "explanations",
    "reports",
)
"""What was append-only before there was a chain: its rows are entered as they are found."""


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("table_name", sa.String(length=30), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("row_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_table_key", ["table_name", "row_key"], unique=False)

    op.create_table(
        "drills",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drills")),
    )
    op.create_table(
        "halts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    with op.batch_alter_table("halts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_halts_scope"), ["scope"], unique=False)

    op.create_table(
        "lease_log",
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("token", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("book", "token", name=op.f("pk_lease_log")),
    )
    op.create_table(
        "leases",
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("book", name=op.f("pk_leases")),
    )
    op.create_table(
        "attempts",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("book_file", sa.Text(), nullable=False),
        sa.Column("book_sha256", sa.String(length=64), nullable=False),
        sa.Column("book_text", sa.Text(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_attempts_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("cycle_id", "attempt", name=op.f("pk_attempts")),
    )
    op.create_table(
        "resolutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("said", sa.String(length=8), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["slices.key"], name=op.f("fk_resolutions_key_slices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
    )
    with op.batch_alter_table("resolutions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resolutions_key"), ["key"], unique=False)

    op.create_table(
        "tickets",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["slices.key"], name=op.f("fk_tickets_key_slices")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tickets")),
    )
    with op.batch_alter_table("breaks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cause", sa.String(length=24), server_default="unknown", nullable=False))

    with op.batch_alter_table("cycles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=12), server_default="rebalance", nullable=False))
        batch_op.drop_constraint(batch_op.f("uq_cycles_book"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_cycles_book"), ["book", "session", "kind"])

    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.add_column(sa.Column("supersedes", sa.String(length=80), server_default="", nullable=False))

    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("token", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("filled_shares", Exact(), nullable=True))

    enrol(op.get_bind(), OLDER)

    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.drop_column("token")
        batch_op.drop_column("filled_shares")

    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.drop_column("supersedes")

    with op.batch_alter_table("cycles", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_cycles_book"), type_="unique")
        batch_op.create_unique_constraint(batch_op.f("uq_cycles_book"), ["book", "session"])
        batch_op.drop_column("kind")

    with op.batch_alter_table("breaks", schema=None) as batch_op:
        batch_op.drop_column("cause")

    op.drop_table("tickets")
    with op.batch_alter_table("resolutions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resolutions_key"))

    op.drop_table("resolutions")
    op.drop_table("attempts")
    op.drop_table("leases")
    op.drop_table("lease_log")
    with op.batch_alter_table("halts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_halts_scope"))

    op.drop_table("halts")
    op.drop_table("drills")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_table_key")

    op.drop_table("audit")
