"""Ends a session in the middle because a person said so: whatever of it may still fill is taken off the broker."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tasks.cancel_request import cancelled_run
from tasks.context import StepContext
from tasks.errors import SessionCancelledError
from tasks.journal.cancellations import Cancellation
from tasks.model.cycle import Cycle
from tasks.model.order_records import Slice
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.model.orders import Cause, OrderState
from tasks.model.typed_commands import resumes_session
from tasks.orders.collect import cancel_working, collect, slices_of
from tasks.orders.submit import withhold
from tasks.orders.unknown_orders import is_proven_dead, mark_sent_by_earlier_runs_unknown, resolve
from tasks.retry import SESSION_IS_OFF
from tasks.wording import counted

SOMEBODY = "a person in the UI"
"""Prefect's own server does not know who pressed Cancel."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What became of the orders that were open when the session was cancelled, whoever took them off."""

    cancelled: int
    filled: int
    """While they were being cancelled."""
    never_arrived: int
    """Proven never to have reached the broker."""
    left: tuple[str, ...]
    """Keys that still work, or of which nobody knows."""

    @property
    def sentence(self) -> str:
        """For the operator; it ends with what to do where an order may still work."""
        told = f"{counted(self.cancelled, 'working order')} cancelled at the broker"
        if self.filled:
            told += f", {self.filled} filled before the cancel came"
        if self.never_arrived:
            told += f", {self.never_arrived} never arrived there"
        if self.left:
            told += (
                f"; {len(self.left)} are not known to be over ({', '.join(self.left[:3])}): look at the broker, and "
                "run the reconciliation, which looks again"
            )
        return told


def take_off(context: StepContext) -> TakenOff:
    """Cancel until the broker says of every order of the session that it is over, or a bounded number of looks is.

    Nothing is sent: an order without an answer is only looked for, and cancelled once it shows.
    """
    open_before = {piece.request.key for piece in _open(context)}
    withhold(context, slices_of(context), "the session was cancelled")
    mark_sent_by_earlier_runs_unknown(context)
    for look in range(SESSION_IS_OFF.most):
        cancel_working(context)
        collect(context)
        resolve(context, may_send=False)
        left = _open(context)
        if not left or look == SESSION_IS_OFF.most - 1:
            break
        context.broker.wait_until(context.broker.now() + SESSION_IS_OFF.pause)
    concerned = open_before | context.journal.cancellations.moved_since(context.cycle)
    return _taken_off([piece for piece in slices_of(context) if piece.request.key in concerned])


def _taken_off(concerned: Sequence[Slice]) -> TakenOff:
    pieces = [piece for piece in concerned if piece.cause is not Cause.WITHHELD]
    left = tuple(piece.request.key for piece in pieces if piece.state in WORKING | UNRESOLVED)
    filled = sum(1 for piece in pieces if piece.state is OrderState.FILLED)
    lost = sum(1 for piece in pieces if is_proven_dead(piece))
    return TakenOff(len(pieces) - len(left) - filled - lost, filled, lost, left)


def take_off_left(context: StepContext) -> None:
    """Look again at the cancelled sessions of the book whose orders were not known to be over."""
    unfinished = [
        replace(context, cycle=c) for c in context.journal.cycles.all(context.book.book) if c.status != "done"
    ]
    for other in unfinished:
        if other.journal.cancellations.standing(other.cycle) is not None and _open(other):
            take_off(other)


def obey_cancel(context: StepContext, *, is_on_record: bool = True) -> None:
    """Where a person has cancelled the session this process works: take its orders off, and stop.

    `is_on_record` False: the record was looked at just now and has no such word; only Prefect may have heard one.
    Raises: SessionCancelledError, with the way to go on.
    """
    word = context.journal.cancellations.standing(context.cycle) if is_on_record else None
    if word is None and (run := cancelled_run()):
        word = cancelled_by(context.cycle, SOMEBODY, f"Prefect run {run} was cancelled", context.clock())
        context.journal.cancellations.record(word)
    if word is None:
        return
    found = take_off(context)
    raise SessionCancelledError(
        f"session {context.session} of {context.book.book} was cancelled by {word.who}: {word.why}. {found.sentence}. "
        f"Nothing more of its plan is sent. {way_on(context)}"
    )


def cancelled_by(cycle: Cycle, who: str, why: str, at: datetime) -> Cancellation:
    """For the cycle's current attempt: a later attempt is not cancelled by it."""
    return Cancellation(cycle.cycle_id, cycle.attempt, "cancelled", who, why, at)


def way_on(context: StepContext) -> str:
    """What a person does who wants the rest of the plan after all."""
    return f"To go on with the rest of it: {resumes_session(context.cycle)}, then run the session again"


def is_open(context: StepContext) -> bool:
    """Whether something of the session may still fill, by our record."""
    return bool(_open(context))


def _open(context: StepContext) -> list[Slice]:
    return [piece for piece in slices_of(context) if piece.state in WORKING | UNRESOLVED]
