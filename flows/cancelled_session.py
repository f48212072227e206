"""Ends the session of a cancelled run: a person's word on record, its orders off the broker, what became of them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

from flows.bootstrap import open_context, wall_clock
from flows.cancel_watch.start import may_be_at_the_broker
from flows.home import home
from tasks.context import StepContext
from tasks.errors import LeaseHeldError, SteelyardError
from tasks.execution.cancel_session import cancelled_by, is_open, take_off, way_on
from tasks.journal import Journal, open_journal
from tasks.journal.lease_owners import is_dead
from tasks.journal.leases import TTL
from tasks.model.cycle import Cycle

OBEYS_WITHIN = timedelta(seconds=10)
"""A run that lives looks every five seconds, and then takes its orders off by itself. One that does not look in twice
that time (a broker that does not answer, a computation that hears no signal) is not waited for."""


def session_of(flow_run_id: str) -> Cycle | None:
    """The session that a Prefect run works; None when it has none, or it is done."""
    with _journal() as journal:
        cycle_id = journal.cancellations.session_of(flow_run_id)
        found = [cycle for cycle in journal.cycles.all() if cycle.cycle_id == cycle_id and cycle.status != "done"]
        return found[0] if found else None


def has_orders_at_work(flow_run_id: str) -> bool:
    """Whether anything of the session that a Prefect run took up may still be at the broker, by our record."""
    cycle = session_of(flow_run_id)
    if cycle is None:
        return False
    with _journal() as journal:
        return may_be_at_the_broker(journal, cycle.cycle_id)


def cancel_session(cycle: Cycle, who: str, why: str, sleep: Callable[[float], None] = time.sleep) -> str:
    """Put a person's word on record, take the session's orders off the broker, and return what became of them.

    The run is given a moment to obey; then its lease is taken from it, and whatever it does later is refused. Somebody
    else who does the same, the hook of the run's worker or its watch, is waited for. A fault of the outside world is
    told and not raised: the word stands, and the next run looks again.
    """
    with _journal() as journal:
        if journal.cancellations.standing(cycle) is None:
            journal.cancellations.record(cancelled_by(cycle, who, why, wall_clock()))
    told = f"session {cycle.session} of {cycle.book} was cancelled by {who}"
    for second in range(round(TTL / timedelta(seconds=1))):
        hung = _holder(cycle) if timedelta(seconds=second) >= OBEYS_WITHIN else ""
        try:
            return _taken_off(cycle, told, hung)
        except LeaseHeldError:
            sleep(1)
        except SteelyardError as fault:
            return f"{told}, but its working orders could not be cancelled: {fault}"
    return f"{told}: another process works the book; the next run of it takes the working orders off"


@contextmanager
def _journal() -> Iterator[Journal]:
    journal = open_journal(home())
    try:
        yield journal
    finally:
        journal.close()


def _holder(cycle: Cycle) -> str:
    """The process of the session's own run where it has the lease; nobody else's is ever taken: empty then."""
    with _journal() as journal:
        lease = journal.fence.holder_of(cycle.book)
        return lease.holder if lease and lease.token == journal.cancellations.token_of(cycle.cycle_id) else ""


def _taken_off(cycle: Cycle, told: str, hung: str) -> str:
    """Raises: LeaseHeldError while somebody has the book, but for the process that is `hung`."""

    def is_gone(holder: str) -> bool:
        return holder == hung or is_dead(holder)

    kind = _kind(cycle)
    with open_context(Path(cycle.book_file), cycle.session, None, kind=kind, existing=True, is_gone=is_gone) as context:
        if context.cycle.status == "cancelled" and not is_open(context):
            return context.cycle.message  # somebody was faster
        found = take_off(context)
        said = f"{told}: {found.sentence}. Nothing more of its plan is sent. {_next(context)}"
        context.journal.cycles.set_status(context.cycle_id, "cancelled", said, context.clock())
        return said


def _next(context: StepContext) -> str:
    if not context.journal.orders.orders(context.cycle_id):
        return "It had sent nothing: the next run of this session decides it anew"
    return way_on(context)


def _kind(cycle: Cycle) -> Literal["rebalance", "liquidation"]:
    return "liquidation" if cycle.kind == "liquidation" else "rebalance"
