"""Which single orders an answer accepts and strikes out: part of the answer, and so of its hash in the chain."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older answers keep NULL, which leaves their hashes as they are: they were of a plan as a whole."""
    op.add_column("approvals", sa.Column("orders", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    op.drop_column("approvals", "orders")
