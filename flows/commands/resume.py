"""`steelyard resume BOOK --session DAY`: a session that a person cancelled may go on with the rest of its plan."""

from contextlib import suppress
from datetime import date
from typing import Any

from rich.console import Console

from flows.alerts.halt_events import announce_to_books
from flows.bootstrap import only_writer, wall_clock
from flows.commands.halt import said, signed
from flows.commands.lookup import cycle_of, journal_here, name_of
from flows.home import home
from tasks.errors import ConfigError, LeaseHeldError
from tasks.journal.cancellations import Cancellation
from tasks.model.desk_event import SESSION_RESUMED, DeskEvent
from tasks.model.typed_commands import works_session


def resume_session(
    book: str, session: date, who: str, because: str, *, as_json: bool, kind: str = "rebalance"
) -> dict[str, Any]:
    """Put a person's word on record; the next run of the session then goes on where it was.

    Raises: ConfigError without a name or a reason, or for a session that nobody cancelled.
    """
    who, because = signed(who), said(because, "--because")
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        word = journal.cancellations.standing(cycle)
        if word is None:
            raise ConfigError(f"session {session} of {name_of(book)} is not cancelled; it is {cycle.status}")
        lifted = Cancellation(cycle.cycle_id, cycle.attempt, "resumed", who, because, wall_clock())
        journal.cancellations.record(lifted)
        message = f"cancelled by {word.who}: {word.why}; may go on, says {who}: {because}"
        with suppress(LeaseHeldError), only_writer(journal, cycle.book, wall_clock, f"resume {cycle.cycle_id}"):
            journal.cycles.set_status(cycle.cycle_id, "stopped", message, wall_clock())
    told = f"session {session} of {cycle.book} may go on, says {who}: {because}"
    announce_to_books([cycle.book], session.isoformat(), DeskEvent(SESSION_RESUMED, told), home())
    if not as_json:
        console = Console()
        console.print(f"was cancelled by {word.who}: {word.why}", soft_wrap=True)
        console.print(
            f"[green]session {session} of {cycle.book} may go on[/green], says {who}: {because}. Run it again: "
            f"{works_session(cycle)}",
            soft_wrap=True,
        )
    return {"cycle_id": cycle.cycle_id, "who": who, "because": because, "was": "cancelled", "cancelled_by": word.who}
