"""Whether a session is being worked now, by whom, and what of it is still at the broker."""

from dataclasses import dataclass
from datetime import datetime

from tasks.journal import Journal
from tasks.journal.lease_owners import is_dead
from tasks.model.cycle import Cycle
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.wording import counted


@dataclass(frozen=True, slots=True)
class AtWork:
    orders: int
    """Of all sessions of the book: accepted, on their way, or without an answer."""
    holder: str | None
    """The process that works the book; None when nobody does."""
    message: str
    """What the newest session stands at, in words."""


def at_work(journal: Journal, newest: Cycle, now: datetime) -> AtWork:
    """By our record, and by the proof that a process is dead where there is one."""
    unfinished = [cycle for cycle in journal.cycles.all(newest.book) if cycle.status != "done"]
    pieces = [piece for cycle in unfinished for piece in journal.orders.slices(cycle.cycle_id)]
    count = sum(1 for piece in pieces if piece.state in WORKING | UNRESOLVED)
    lease = journal.fence.holder_of(newest.book)
    holder = lease.holder if lease and lease.expires_at > now and not is_dead(lease.holder) else None
    return AtWork(count, holder, _words(newest, count, holder))


def _words(newest: Cycle, orders: int, holder: str | None) -> str:
    if newest.status == "running" and holder is None:
        left = f"; {counted(orders, 'order')} may still work at the broker" if orders else ""
        return f"was interrupted, and nobody works it now{left}. The next run of this session goes on where it was"
    if newest.status == "running":
        return f"{counted(orders, 'order is', 'orders are')} at work" if orders else "a run is at work"
    return newest.message
