"""The line to the exchange: when it is down, what is still on its way, and the clock at the other end."""

from contextlib import suppress
from datetime import datetime, timedelta

from tasks.book.faults import FaultKind
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.effects import is_down, next_skew_end, skew_at
from tasks.brokers.simulated.faults.store import Delayed, FaultStore
from tasks.model.orders import OrderRequest

ATTEMPT = timedelta(seconds=5)
"""What a call into a dead connection costs: so that who only asks again gets out of it, too."""
WORDS = {
    FaultKind.REPLY_LOST: "no reply in time",
    FaultKind.RESET_BEFORE: "connection reset by peer",
    FaultKind.RESET_AFTER: "connection reset by peer",
    FaultKind.SERVER_ERROR: "504 gateway timeout",
    FaultKind.DELAYED: "no reply in time",
    FaultKind.NO_ANSWER: "no answer in time",
    FaultKind.DISCONNECT: "not connected",
}


class Unanswered(Exception):  # noqa: N818 - what the caller meets, not a failure of the program
    """No answer came; `kind` is for those who imitate the wire, and must not be told to the caller."""

    def __init__(self, kind: FaultKind) -> None:
        super().__init__(WORDS[kind])
        self.kind = kind


class FaultyNetwork:
    """Moves the exchange's clock; all that was sent arrives at its time on the way."""

    def __init__(self, inner: Exchange, memory: FaultStore) -> None:
        self._inner, self._memory = inner, memory

    def now(self) -> datetime:
        """The clock as told: a skew is in it."""
        with self._inner.turn() as account:
            return account.clock + skew_at(self._memory.spells(), account.clock)

    def advance(self, at: datetime) -> datetime:
        """Move until the told clock shows `at`, or more, where a skew ends on the way."""
        with self._inner.turn():
            while (told := self.now()) < at:
                clock, spells = self._inner.now(), self._memory.spells()
                target, end = clock + (at - told), next_skew_end(spells, clock)
                self._move(target if end is None else min(target, end))
            return told

    def cut_off(self) -> Unanswered | None:
        """No answer while the connection is down; the attempt takes its time."""
        now = self._inner.now()
        if not is_down(self._memory.spells(), now):
            return None
        self._move(now + ATTEMPT)
        return Unanswered(FaultKind.DISCONNECT)

    def delay(self, key: str, request: OrderRequest | None, lasting: timedelta) -> None:
        """Keep an order, or the cancel of a key, for later."""
        now = self._inner.now()
        self._memory.add_delayed(now, now + lasting, key, request)

    def let_arrive(self, until: datetime) -> None:
        """Hand over what has been on its way, each at its time; what is refused then was never more than a try."""
        for delayed in self._memory.on_their_way(until):
            self._inner.advance(delayed.arrives_at)
            self._memory.add_arrived(delayed)
            with suppress(Refusal):
                self._deliver(delayed)

    def _move(self, at: datetime) -> None:
        self.let_arrive(at)
        self._inner.advance(at)

    def _deliver(self, delayed: Delayed) -> None:
        if delayed.request is None:
            self._inner.cancel(delayed.key)
        else:
            self._inner.place(delayed.request)
