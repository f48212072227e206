"""All tables of the journal; those in APPEND_ONLY are never updated or deleted, which triggers enforce."""

from sql.tables.brokers import examinations, latencies, requests_closed, requests_made, requests_waiting
from sql.tables.control import audit, cancellations, drills, halts, lease_log, leases, reruns, session_runs, write_offs
from sql.tables.cost_models import cost_model_words, cost_models
from sql.tables.cycles import attempts, cycles, findings, snapshots, steps, targets
from sql.tables.decisions import approval_requests, approvals, plans
from sql.tables.ledger import breaks, explanations, ledger_entries, reports, valuations
from sql.tables.metadata import metadata
from sql.tables.orders import allocations, fills, order_events, order_marks, orders, resolutions, slices, tickets, waves
from sql.tables.quotes import quotes_seen
from sql.tables.restatements import restatements
from sql.tables.reviews import reviews

__all__ = [
    "APPEND_ONLY",
    "allocations",
    "approval_requests",
    "approvals",
    "attempts",
    "audit",
    "breaks",
    "cancellations",
    "cost_model_words",
    "cost_models",
    "cycles",
    "drills",
    "examinations",
    "explanations",
    "fills",
    "findings",
    "halts",
    "latencies",
    "lease_log",
    "leases",
    "ledger_entries",
    "metadata",
    "order_events",
    "order_marks",
    "orders",
    "plans",
    "quotes_seen",
    "reports",
    "requests_closed",
    "requests_made",
    "requests_waiting",
    "reruns",
    "resolutions",
    "restatements",
    "reviews",
    "session_runs",
    "slices",
    "snapshots",
    "steps",
    "targets",
    "tickets",
    "valuations",
    "waves",
    "write_offs",
]

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
    "quotes_seen",
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
    "reviews",
    "cost_models",
    "cost_model_words",
    "restatements",
    "drills",
    "examinations",
    "audit",
)
