"""Whether an order may go out now: lease and halt in one look, right before every single one.

And what people have said about a session while it is worked: halt, cancel, and whether anything else was added to the
record, in one look, every few seconds.
"""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal, select

from sql.tables import audit, cancellations, halts, leases
from tasks.journal.halts import halt_of, in_force, strictest
from tasks.journal.known import Known
from tasks.journal.leases import Fence
from tasks.journal.looks import Looks
from tasks.model.account import HaltState
from tasks.model.cycle import Cycle
from tasks.model.halts import EVERY_BOOK, STRICTNESS, Halt

# Built once, and one question for both: it is asked before every order, and each question is a way to the database.
_PERMIT = (
    select(leases.c.token, halts.c.state)
    .select_from(leases.outerjoin(halts, in_force(leases.c.book, EVERY_BOOK)))
    .where(leases.c.book == bindparam("of"))
)
_SAID = (
    select(cancellations.c.said)
    .where(cancellations.c.cycle_id == bindparam("cycle"), cancellations.c.attempt == bindparam("attempt"))
    .order_by(cancellations.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_END = select(func.max(audit.c.seq)).scalar_subquery()
_ONE = select(literal(1).label("one")).subquery()
"""A row to begin with: a book that was never halted has none of its own."""
_STANDING = (
    select(_SAID.label("said"), _END.label("end_seq"), halts)
    .select_from(_ONE.outerjoin(halts, in_force(bindparam("of"), EVERY_BOOK)))
    .order_by(halts.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What people, and the breakers, have said that still stands."""

    halt: Halt | None
    """The strictest for the book and for every book; None when nothing was ever said."""
    is_cancelled: bool
    """Whether a person has cancelled this attempt of the session."""


class Permits:
    """What is asked of the database right before every order: lease and halt, never from memory."""

    def __init__(self, looks: Looks, fence: Fence, known: Known) -> None:
        self._looks = looks
        self._fence = fence
        self._known = known
        self._permit = looks.plain(_PERMIT)

    def halt_state(self, book: str) -> HaltState:
        """What this process may send for a book, now. Raises: LeaseLostError when a newer one works it."""
        rows = self._looks.look_plainly(self._permit, {"of": book})
        self._fence.compare(rows[0][0] if rows else None)
        states = [HaltState(state) for _, state in rows if state is not None]
        return max(states, key=STRICTNESS.index, default=HaltState.NORMAL)

    def standing(self, cycle: Cycle) -> Standing:
        """Of the session's book, and of the session; what others have added to the record is read anew from here on."""
        values = {"cycle": cycle.cycle_id, "attempt": cycle.attempt, "of": cycle.book}
        rows = self._looks.look(_STANDING, values)
        self._known.saw_the_end(rows[0]["end_seq"])
        found = [halt_of(row) for row in rows if row["id"] is not None]
        return Standing(strictest(found), rows[0]["said"] == "cancelled")
