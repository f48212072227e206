"""Why an order is in its state, as a value: until now it was read from the beginning of the words beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Older rows keep NULL, which leaves their hashes as they are; `journal/causes.py` reads them by the old rule."""
    op.add_column("order_events", sa.Column("cause", sa.String(length=20), nullable=True))


def downgrade() -> None:
    op.drop_column("order_events", "cause")
