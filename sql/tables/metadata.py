"""What all tables of the journal have in common: the names of their constraints, and the cycle that a row is of."""

from sqlalchemy import Column, ForeignKey, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def cycle_column() -> Column[str]:
    """The cycle that a row is of."""
    return Column("cycle_id", String(40), ForeignKey("cycles.cycle_id"), nullable=False, index=True)
