"""The comparison with the broker while the time of the next wave is waited for: a break locks its symbol before it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tasks.context import StepContext, StepEvent
from tasks.errors import BrokerError
from tasks.orders.collect import collect, slices_of
from tasks.reconciliation.record import compare_between_waves, locked_symbols
from tasks.wording import counted

STEP = "reconcile"
ROOM = timedelta(seconds=20)
"""Of the time that is left: a comparison that begins later might hold the wave up."""


class WhileWaiting:
    """One wait for one wave: collects and compares every `execution.reconcile_every_s`, once there is an order.

    What it finds is on record as any break is; only what is new is told. A broker that does not answer is told once,
    and asked again by the wave itself.
    """

    def __init__(self, context: StepContext, until: datetime) -> None:
        every_s = context.book.execution.reconcile_every_s
        self._context = context
        self._until = until
        self._every = timedelta(seconds=every_s) if every_s else None
        self._next = context.broker.now() + timedelta(seconds=every_s)

    def look(self, now: datetime) -> None:
        """Compare where it is due and the wave is not near. Raises: LeaseLostError for a newer process at the book."""
        if self._every is None or now < self._next or self._until - now < ROOM or not slices_of(self._context):
            return
        self._next = now + self._every
        before = locked_symbols(self._context)
        try:
            fills, locked = collect(self._context), compare_between_waves(self._context)
        except BrokerError as silent:
            self._every = None
            self._say(f"the broker cannot be compared with now: {silent}; the next wave asks it again")
            return
        self._report(fills, [words for symbol, words in sorted(locked.items()) if symbol not in before])

    def _report(self, fills: int, new: Sequence[str]) -> None:
        if fills or new:
            self._say("; ".join([*([counted(fills, "late fill") + " booked"] if fills else []), *new]))

    def _say(self, sentence: str) -> None:
        self._context.observer(StepEvent(STEP, "done", f"between waves: {sentence}"))
