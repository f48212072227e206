"""Whether an order may go out now: lease and halt in one look, right before every single one."""

from sqlalchemy import Engine, bindparam, select

from sql.tables import halts, leases
from tasks.journal.halts import EVERY_BOOK, STRICTNESS, in_force
from tasks.journal.leases import Fence
from tasks.journal.reading import looking
from tasks.terms import HaltState

# Built once, and one question for both: it is asked before every order, and each question is a way to the database.
_PERMIT = (
    select(leases.c.token, halts.c.state)
    .select_from(leases.outerjoin(halts, in_force("scopes")))
    .where(leases.c.book == bindparam("of"))
)


class Permits:
    def __init__(self, engine: Engine, fence: Fence) -> None:
        self._engine = engine
        self._fence = fence

    def halt_state(self, book: str) -> HaltState:
        """What this process may send for a book, now. Raises: LeaseLostError when a newer one works it."""
        with looking(self._engine) as connection:
            rows = connection.execute(_PERMIT, {"of": book, "scopes": [book, EVERY_BOOK]}).all()
        self._fence.compare(rows[0].token if rows else None)
        states = [HaltState(row.state) for row in rows if row.state is not None]
        return max(states, key=STRICTNESS.index, default=HaltState.NORMAL)
