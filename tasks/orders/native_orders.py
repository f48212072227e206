"""What the broker works by its own algorithm now, by our record; and taking it back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tasks.context import StepContext
from tasks.model.executions import totals_by_key
from tasks.model.fill_totals import NOTHING_FILLED, FillTotals
from tasks.model.order_records import Slice
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.orders.collect import cancel_working, collect, slices_of
from tasks.orders.native_algos import has_time_left

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class AtBroker:
    """Shares of one order that may still fill without anything being sent."""

    at_broker: Decimal = ZERO
    unanswered: Decimal = ZERO
    """Where nobody knows whether the broker has them."""


def handed_over(context: StepContext) -> dict[str, AtBroker]:
    """By order id, every order that has any child on record; what is over has nothing left that may fill."""
    filled = filled_by_key(context)
    found: dict[str, AtBroker] = {}
    for piece in slices_of(context):
        known = found.get(piece.order_id, AtBroker())
        rest = still_open(piece, filled) if piece.request.native is not None else ZERO
        found[piece.order_id] = AtBroker(
            known.at_broker + (rest if piece.state in WORKING else ZERO),
            known.unanswered + (rest if piece.state in UNRESOLVED else ZERO),
        )
    return found


def filled_by_key(context: StepContext) -> dict[str, FillTotals]:
    """Of every key that has an execution that counts."""
    return totals_by_key(context.journal.orders.fills(context.cycle_id))


def still_open(piece: Slice, filled: Mapping[str, FillTotals]) -> Decimal:
    """Shares of a child that may yet fill: what the broker last said of it, or its executions, whichever is newer.

    A child that works for hours fills many times in one state, and only a change of state is put on record.
    """
    done = max(piece.filled_told, filled.get(piece.request.key, NOTHING_FILLED).shares)
    return max(piece.request.shares - done, ZERO)


def stays_at_work(context: StepContext) -> Callable[[Slice], bool]:
    """Which orders are not cancelled between two waves: those that the broker works, until their time is over."""
    now = context.broker.now()
    return lambda piece: has_time_left(piece.request, now)


def recall_from_broker(context: StepContext) -> None:
    """Cancel what the broker works by itself: what remains is sliced, and each slice is asked whether it may go."""
    if any(piece.request.native is not None and piece.state in WORKING for piece in slices_of(context)):
        cancel_working(context, but=lambda piece: piece.request.native is None)
        collect(context)
