"""What a run does before anything else: it looks at what earlier lives have left behind."""

from collections.abc import Sequence
from dataclasses import replace

from tasks.brokers.account_snapshot import steady_account
from tasks.context import StepContext
from tasks.execution.cancel_session import take_off
from tasks.journal.book_ledger import ledger_of
from tasks.model.order_records import Slice
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.orders.collect import cancel_working, collect, slices_of
from tasks.orders.native_algos import has_time_left
from tasks.orders.unknown_orders import mark_sent_by_earlier_runs_unknown, resolve, unresolved
from tasks.orders.waves import waves_of
from tasks.wording import counted


def recover(context: StepContext) -> str:
    """Orders of earlier lives are found, adopted or cancelled, missed executions recovered; returns a sentence.

    Raises: BrokerError when the broker gives no complete answer twice.
    """
    unfinished = [c for c in context.journal.cycles.all(context.book.book) if c.status != "done"]
    own = context.cycle_id
    left = [_left_behind(replace(context, cycle=c), is_own=c.cycle_id == own) for c in unfinished]
    found = sum(left)
    if not found:
        return "nothing was left behind by an earlier run"
    steady_account(context.broker, ledger_of(context.journal, context.book.book, context.account).shares())
    return (
        f"{counted(found, 'order')} of earlier runs looked up; {len(unresolved(context))} of this session "
        f"without an answer"
    )


def _left_behind(context: StepContext, *, is_own: bool) -> int:
    """How many orders of one session were open; each is brought to what the broker says of it now."""
    opened = [piece for piece in slices_of(context) if piece.state in WORKING | UNRESOLVED]
    if not opened:
        return 0
    if context.journal.cancellations.standing(context.cycle) is not None:
        take_off(context)  # a cancelled session: nothing of it is adopted or sent again
        return len(opened)
    mark_sent_by_earlier_runs_unknown(context)
    collect(context)
    resolve(context, may_send=is_own)
    adopted = _adopted(context, opened, is_own=is_own)
    if len(adopted) < len(opened):
        cancel_working(context, but=lambda piece: piece.request.key in adopted)
        collect(context)
    return len(opened)


def _adopted(context: StepContext, opened: Sequence[Slice], *, is_own: bool) -> frozenset[str]:
    """Keys of the orders that work on, as if nothing had happened; all others are cancelled.

    Slices while the newest wave of them still runs. An order that the broker works by itself until its time is over,
    but only where this run goes on with its session: nobody else would mind it.
    """
    now = context.broker.now()
    slices = [piece for piece in opened if piece.request.native is None]
    newest = max((piece.wave for piece in slices), default=0)
    waves = waves_of(context.broker.session_hours(context.session), context.book.execution)
    runs = any(wave.until > now for wave in waves if wave.number == newest)
    handed = [p for p in opened if p.request.native is not None and is_own and has_time_left(p.request, now)]
    return frozenset(piece.request.key for piece in (*(slices if runs else ()), *handed))
