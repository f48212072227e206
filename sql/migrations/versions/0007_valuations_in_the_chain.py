"""Valuations are only ever added, and in the audit chain: the breakers measure from them."""

from alembic import op

from sql.append_only import guard_statements, unguard_statements
from sql.audit_chain import enrol

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

APPEND_ONLY = ("valuations",)


def upgrade() -> None:
    enrol(op.get_bind(), APPEND_ONLY)
    for table in APPEND_ONLY:
        for statement in guard_statements(table, op.get_context().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in APPEND_ONLY:
        for statement in unguard_statements(table, op.get_context().dialect.name):
            op.execute(statement)
