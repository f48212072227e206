"""All tables of the journal; those in APPEND_ONLY are never updated or deleted, which triggers enforce."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sql.types import Exact, Instant, Real

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _cycle() -> Column[str]:
    return Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), nullable=False, index=True)


# --- one cycle is one book on one session -----------------------------------------------------------------------

cycles = Table(
    "cycles",
    metadata,
    Column("cycle_id", String(40), primary_key=True),
    Column("book", String(20), nullable=False),
    Column("session", Date, nullable=False),
    Column("kind", String(12), nullable=False, server_default="rebalance"),
    Column("account", String(40), nullable=False),
    Column("mode", String(12), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("message", Text, nullable=False, server_default=""),
    Column("book_file", Text, nullable=False),
    Column("book_sha256", String(64), nullable=False),
    Column("book_text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
    UniqueConstraint("book", "session", "kind"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("mode", String(12), nullable=False),
    Column("book_file", Text, nullable=False),
    Column("book_sha256", String(64), nullable=False),
    Column("book_text", Text, nullable=False),
    Column("began_at", Instant, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("step", String(40), primary_key=True),
    Column("output", JSON, nullable=False),
    Column("seconds", Real, nullable=False),
    Column("finished_at", Instant, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    _cycle(),
    Column("attempt", Integer, nullable=False),
    Column("step", String(40), nullable=False),
    Column("severity", String(8), nullable=False),
    Column("check_name", String(60), nullable=False),
    Column("subject", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("symbol", String(20)),
    Column("session", Date),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("source", String(20), nullable=False),
    Column("adjustment", String(24), nullable=False),
    Column("first_session", Date, nullable=False),
    Column("last_session", Date, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("symbols", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

targets = Table(
    "targets",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("symbol", String(20), primary_key=True),
    Column("current_weight", Real, nullable=False),
    Column("target_weight", Real, nullable=False),
)

# --- what was decided and who agreed ------------------------------------------------------------------------------

plans = Table(
    "plans",
    metadata,
    Column("plan_hash", String(64), primary_key=True),
    _cycle(),
    Column("revision", Integer, nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("cycle_id", "revision"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Integer, primary_key=True),
    _cycle(),
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), nullable=False),
    Column("decision", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("price_band_pct", Real, nullable=False),
)

approval_requests = Table(
    "approval_requests",
    metadata,
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), primary_key=True),
    Column("asked_at", Instant, nullable=False),
    Column("flow_run_id", String(40), nullable=False),
)

# --- orders, their slices and what became of them ---------------------------------------------------------------

orders = Table(
    "orders",
    metadata,
    Column("order_id", String(60), primary_key=True),
    _cycle(),
    Column("plan_hash", String(64), ForeignKey("plans.plan_hash"), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("algorithm", String(24), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("decision_price", Exact, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("adv_shares", Real),
    Column("estimate", JSON),
    Column("schedule", JSON, nullable=False),
)

allocations = Table(
    "allocations",
    metadata,
    Column("order_id", String(60), ForeignKey("orders.order_id"), primary_key=True),
    Column("account", String(40), primary_key=True),
    Column("shares", Exact, nullable=False),
)

order_marks = Table(
    "order_marks",
    metadata,
    Column("order_id", String(60), ForeignKey("orders.order_id"), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("price", Exact, nullable=False),
)

waves = Table(
    "waves",
    metadata,
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("decided_at", Instant, nullable=False),
    Column("notes", JSON, nullable=False),
)

slices = Table(
    "slices",
    metadata,
    Column("key", String(40), primary_key=True),
    _cycle(),
    Column("order_id", String(60), ForeignKey("orders.order_id"), nullable=False, index=True),
    Column("wave", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("order_type", String(10), nullable=False),
    Column("time_in_force", String(4), nullable=False),
    Column("limit_price", Exact),
    Column("due_at", Instant, nullable=False),
    Column("native", JSON(none_as_null=True)),
)

order_events = Table(
    "order_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), ForeignKey("slices.key"), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("broker_order_id", String(60), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
    Column("token", Integer, nullable=False, server_default="0"),
    Column("filled_shares", Exact),
    Column("cause", String(20)),
)

tickets = Table(
    "tickets",
    metadata,
    Column("key", String(40), ForeignKey("slices.key"), primary_key=True),
    Column("opened_at", Instant, nullable=False),
    Column("sentence", Text, nullable=False),
)

resolutions = Table(
    "resolutions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), ForeignKey("slices.key"), nullable=False, index=True),
    Column("said", String(8), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

fills = Table(
    "fills",
    metadata,
    Column("broker", String(20), primary_key=True),
    Column("execution_id", String(80), primary_key=True),
    Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), nullable=False, index=True),
    Column("key", String(40), nullable=False),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("side", String(4), nullable=False),
    Column("shares", Exact, nullable=False),
    Column("price", Exact, nullable=False),
    Column("fee", Exact, nullable=False),
    Column("at", Instant, nullable=False),
    Column("venue", String(20), nullable=False),
    Column("supersedes", String(80), nullable=False, server_default=""),
)

# --- the ledger and its disputes ------------------------------------------------------------------------------------

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("entry_id", String(80), primary_key=True),
    Column("book", String(20), nullable=False, index=True),
    Column("account", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("symbol", String(20)),
    Column("shares", Exact),
    Column("amount_usd", Exact),
    Column("price", Exact),
    Column("because", Text, nullable=False),
)

breaks = Table(
    "breaks",
    metadata,
    Column("break_id", String(80), primary_key=True),
    _cycle(),
    Column("book", String(20), nullable=False),
    Column("symbol", String(20)),
    Column("kind", String(20), nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("amount_usd", Exact),
    Column("sentence", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("cause", String(24), nullable=False, server_default="unknown"),
)

explanations = Table(
    "explanations",
    metadata,
    Column("break_id", String(80), ForeignKey("breaks.break_id"), primary_key=True),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("explained_at", Instant, nullable=False),
)

valuations = Table(
    "valuations",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("session", Date, primary_key=True),
    Column("nav_usd", Exact, nullable=False),
    Column("cash_usd", Exact, nullable=False),
    Column("prices", JSON, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True),
    _cycle(),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# --- who may write, whether anything may be sent, and the proof that nothing was changed ---------------------------

leases = Table(
    "leases",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("token", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

lease_log = Table(
    "lease_log",
    metadata,
    Column("book", String(20), primary_key=True),
    Column("token", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("why", Text, nullable=False),
)

halts = Table(
    "halts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(20), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

cancellations = Table(
    "cancellations",
    metadata,
    Column("id", Integer, primary_key=True),
    _cycle(),
    Column("attempt", Integer, nullable=False),
    Column("said", String(10), nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

session_runs = Table(
    "session_runs",
    metadata,
    Column("flow_run_id", String(36), primary_key=True),
    _cycle(),
    Column("token", Integer, primary_key=True, autoincrement=False),
    Column("began_at", Instant, nullable=False),
)

write_offs = Table(
    "write_offs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book", String(20), nullable=False, index=True),
    Column("account", String(40), nullable=False),
    Column("symbol", String(20), nullable=False),
    Column("said", String(12), nullable=False),
    Column("price", Exact),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

reruns = Table(
    "reruns",
    metadata,
    Column("id", Integer, primary_key=True),
    _cycle(),
    Column("attempt", Integer, nullable=False),
    Column("from_step", String(20), nullable=False),
    Column("who", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

drills = Table(
    "drills",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("book", String(20), nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("table_name", String(30), nullable=False),
    Column("row_key", Text, nullable=False),
    Column("row_sha256", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
)

Index("ix_audit_table_key", audit.c.table_name, audit.c.row_key)
Index("ix_cycles_book_session", cycles.c.book, cycles.c.session)

# --- brokers --------------------------------------------------------------------------------------------------------

latencies = Table(
    "latencies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("broker", String(20), nullable=False),
    Column("call", String(12), nullable=False),
    Column("key", String(40), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("seconds", Real, nullable=False),
)

examinations = Table(
    "examinations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("broker", String(20), nullable=False),
    Column("account", String(40), nullable=False),
    Column("live", Boolean, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

requests_made = Table(
    "requests_made",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", String(60), nullable=False, index=True),
    Column("epoch_s", Real, nullable=False),
)

requests_waiting = Table(
    "requests_waiting",
    metadata,
    Column("who", String(40), primary_key=True),
    Column("scope", String(60), nullable=False, index=True),
    Column("urgency", Integer, nullable=False),
    Column("since", Real, nullable=False),
    Column("seen", Real, nullable=False),
)

requests_closed = Table(
    "requests_closed",
    metadata,
    Column("scope", String(60), primary_key=True),
    Column("until", Real, nullable=False),
)

APPEND_ONLY = (
    "attempts",
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
    "tickets",
    "resolutions",
    "fills",
    "ledger_entries",
    "breaks",
    "explanations",
    "valuations",
    "reports",
    "lease_log",
    "halts",
    "cancellations",
    "session_runs",
    "write_offs",
    "reruns",
    "drills",
    "examinations",
    "audit",
)
