"""What Cancel in the Prefect UI does to a run that has orders at the broker: they are cancelled, and it is said."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from prefect.logging.loggers import flow_run_logger

from flows.home import home
from flows.opening import open_desk, wall_clock
from tasks.desk import Desk
from tasks.errors import LeaseHeldError, SteelyardError
from tasks.execution.cancel_session import SOMEBODY, cancelled_by, take_off, way_on
from tasks.journal import open_journal
from tasks.journal.cycles import Cycle
from tasks.journal.leases import TTL


def cancel_orders(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001 - as Prefect calls it
    """Prefect's hook of a cancelled run: called in another process, once the run's own is gone.

    The word is on record first: whatever happens to this process, nobody sends the rest of that plan.
    """
    log = flow_run_logger(flow_run, flow)
    cycle = session_of(str(flow_run.id))
    if cycle is None:
        log.warning("cancelled by %s before it had taken up a session: nothing was sent", SOMEBODY)
        return
    log.warning("%s", cancel_session(cycle, SOMEBODY, f"Prefect run {flow_run.name} was cancelled"))


def session_of(flow_run_id: str) -> Cycle | None:
    """The session that a Prefect run works; None when it has none, or it is done."""
    journal = open_journal(home())
    try:
        cycle_id = journal.cancellations.session_of(flow_run_id)
        found = [cycle for cycle in journal.cycles.all() if cycle.cycle_id == cycle_id and cycle.status != "done"]
        return found[0] if found else None
    finally:
        journal.close()


def cancel_session(cycle: Cycle, who: str, why: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """Put a person's word on record, take the session's orders off the broker, and return what became of them.

    Whoever still has the book's lease is waited for until it has run out: a process that lives obeys at its next look.
    A fault of the outside world is told and not raised: the word stands, and the next run looks again.
    """
    journal = open_journal(home())
    try:
        journal.cancellations.record(cancelled_by(cycle, who, why, wall_clock()))
    finally:
        journal.close()
    told = f"session {cycle.session} of {cycle.book} was cancelled by {who}"
    for _ in range(round(TTL / timedelta(seconds=1))):
        try:
            return f"{told}: {_taken_off(cycle, told)}"
        except LeaseHeldError:
            sleep(1)
        except SteelyardError as fault:
            return f"{told}, but its working orders could not be cancelled: {fault}"
    return f"{told}: the process that works it cancels its orders as soon as it looks"


def _taken_off(cycle: Cycle, told: str) -> str:
    with open_desk(Path(cycle.book_file), cycle.session, None, kind=_kind(cycle), existing=True) as desk:
        found = take_off(desk)
        said = f"{found.sentence}. Nothing more of its plan is sent. {_next(desk)}"
        desk.journal.cycles.set_status(desk.cycle_id, "cancelled", f"{told}: {said}", desk.clock())
        return said


def _next(desk: Desk) -> str:
    if not desk.journal.orders.orders(desk.cycle_id):
        return "It had sent nothing: the next run of this session decides it anew"
    return way_on(desk)


def _kind(cycle: Cycle) -> Literal["rebalance", "liquidation"]:
    return "liquidation" if cycle.kind == "liquidation" else "rebalance"
