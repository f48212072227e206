"""History that was rewritten after a decision: one row a session and content, never changed."""

from sqlalchemy import Engine, select

from sql.tables import restatements
from tasks.journal.statements import insert_once
from tasks.model.restatement import Restatement


class Restatements:
    """They need no lease: nothing is traded by them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, found: Restatement) -> bool:
        """Whether it is new; the same content of the same session is told once."""
        with self._engine.begin() as connection:
            row = {name: getattr(found, name) for name in Restatement.__slots__}
            return bool(insert_once(connection, restatements, [row]))

    def of(self, cycle_id: str) -> tuple[Restatement, ...]:
        """Of a session, oldest first."""
        query = select(restatements).where(restatements.c.cycle_id == cycle_id)
        query = query.order_by(restatements.c.found_at, restatements.c.restated_sha256)
        with self._engine.connect() as connection:
            return tuple(Restatement(**row) for row in connection.execute(query).mappings())
