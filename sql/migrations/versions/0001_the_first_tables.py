"""The first tables."""

import sqlalchemy as sa
from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.types import Exact, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "steps",
    "findings",
    "snapshots",
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


def upgrade() -> None:

    op.create_table(
        "cycles",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("book_file", sa.Text(), nullable=False),
        sa.Column("book_sha256", sa.String(length=64), nullable=False),
        sa.Column("book_text", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_cycles")),
        sa.UniqueConstraint("book", "session", name=op.f("uq_cycles_book")),
    )
    with op.batch_alter_table("cycles", schema=None) as batch_op:
        batch_op.create_index("ix_cycles_book_session", ["book", "session"], unique=False)

    op.create_table(
        "ledger_entries",
        sa.Column("entry_id", sa.String(length=80), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=True),
        sa.Column("shares", Exact(), nullable=True),
        sa.Column("amount_usd", Exact(), nullable=True),
        sa.Column("price", Exact(), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_entries")),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entries_book"), ["book"], unique=False)

    op.create_table(
        "snapshots",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("adjustment", sa.String(length=24), nullable=False),
        sa.Column("first_session", sa.Date(), nullable=False),
        sa.Column("last_session", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("symbols", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_snapshots")),
    )
    op.create_table(
        "valuations",
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("session", sa.Date(), nullable=False),
        sa.Column("nav_usd", Exact(), nullable=False),
        sa.Column("cash_usd", Exact(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("book", "session", name=op.f("pk_valuations")),
    )
    op.create_table(
        "breaks",
        sa.Column("break_id", sa.String(length=80), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("book", sa.String(length=20), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("amount_usd", Exact(), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_breaks_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("break_id", name=op.f("pk_breaks")),
    )
    with op.batch_alter_table("breaks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_breaks_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "fills",
        sa.Column("broker", sa.String(length=20), nullable=False),
        sa.Column("execution_id", sa.String(length=80), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("shares", Exact(), nullable=False),
        sa.Column("price", Exact(), nullable=False),
        sa.Column("fee", Exact(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("venue", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_fills_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("broker", "execution_id", name=op.f("pk_fills")),
    )
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fills_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "findings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("severity", sa.String(length=8), nullable=False),
        sa.Column("check_name", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=True),
        sa.Column("session", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_findings_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_findings_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_plans_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("plan_hash", name=op.f("pk_plans")),
        sa.UniqueConstraint("cycle_id", "revision", name=op.f("uq_plans_cycle_id")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_reports_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reports_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "steps",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("output", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_steps_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("cycle_id", "attempt", "step", name=op.f("pk_steps")),
    )
    op.create_table(
        "targets",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("current_weight", sa.Float(), nullable=False),
        sa.Column("target_weight", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_targets_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("cycle_id", "attempt", "symbol", name=op.f("pk_targets")),
    )
    op.create_table(
        "waves",
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_waves_cycle_id_cycles")),
        sa.PrimaryKeyConstraint("cycle_id", "number", name=op.f("pk_waves")),
    )
    op.create_table(
        "approval_requests",
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("flow_run_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["plan_hash"], ["plans.plan_hash"], name=op.f("fk_approval_requests_plan_hash_plans")),
        sa.PrimaryKeyConstraint("plan_hash", name=op.f("pk_approval_requests")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("price_band_pct", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_approvals_cycle_id_cycles")),
        sa.ForeignKeyConstraint(["plan_hash"], ["plans.plan_hash"], name=op.f("fk_approvals_plan_hash_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "explanations",
        sa.Column("break_id", sa.String(length=80), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("explained_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["break_id"], ["breaks.break_id"], name=op.f("fk_explanations_break_id_breaks")),
        sa.PrimaryKeyConstraint("break_id", name=op.f("pk_explanations")),
    )
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(length=60), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("plan_hash", sa.String(length=64), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("shares", Exact(), nullable=False),
        sa.Column("algorithm", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("decision_price", Exact(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("adv_shares", sa.Float(), nullable=True),
        sa.Column("estimate", sa.JSON(), nullable=True),
        sa.Column("schedule", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_orders_cycle_id_cycles")),
        sa.ForeignKeyConstraint(["plan_hash"], ["plans.plan_hash"], name=op.f("fk_orders_plan_hash_plans")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_cycle_id"), ["cycle_id"], unique=False)

    op.create_table(
        "allocations",
        sa.Column("order_id", sa.String(length=60), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("shares", Exact(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_allocations_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "account", name=op.f("pk_allocations")),
    )
    op.create_table(
        "order_marks",
        sa.Column("order_id", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("price", Exact(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_order_marks_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "kind", name=op.f("pk_order_marks")),
    )
    op.create_table(
        "slices",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("cycle_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=60), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("symbol", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("shares", Exact(), nullable=False),
        sa.Column("order_type", sa.String(length=10), nullable=False),
        sa.Column("time_in_force", sa.String(length=4), nullable=False),
        sa.Column("limit_price", Exact(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycles.cycle_id"], name=op.f("fk_slices_cycle_id_cycles")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_slices_order_id_orders")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_slices")),
    )
    with op.batch_alter_table("slices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slices_cycle_id"), ["cycle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slices_order_id"), ["order_id"], unique=False)

    op.create_table(
        "order_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("broker_order_id", sa.String(length=60), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["key"], ["slices.key"], name=op.f("fk_order_events_key_slices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_events")),
    )
    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_events_key"), ["key"], unique=False)
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_bind().dialect.name):
            op.execute(statement)
    with op.batch_alter_table("order_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_events_key"))

    op.drop_table("order_events")
    with op.batch_alter_table("slices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slices_order_id"))
        batch_op.drop_index(batch_op.f("ix_slices_cycle_id"))

    op.drop_table("slices")
    op.drop_table("order_marks")
    op.drop_table("allocations")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_cycle_id"))

    op.drop_table("orders")
    op.drop_table("explanations")
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approvals_cycle_id"))

    op.drop_table("approvals")
    op.drop_table("approval_requests")
    op.drop_table("waves")
    op.drop_table("targets")
    op.drop_table("steps")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reports_cycle_id"))

    op.drop_table("reports")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_cycle_id"))

    op.drop_table("plans")
    with op.batch_alter_table("findings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_findings_cycle_id"))

    op.drop_table("findings")
    with op.batch_alter_table("fills", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fills_cycle_id"))

    op.drop_table("fills")
    with op.batch_alter_table("breaks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_breaks_cycle_id"))

    op.drop_table("breaks")
    op.drop_table("valuations")
    op.drop_table("snapshots")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_entries_book"))

    op.drop_table("ledger_entries")
    with op.batch_alter_table("cycles", schema=None) as batch_op:
        batch_op.drop_index("ix_cycles_book_session")

    op.drop_table("cycles")
