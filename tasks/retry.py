"""Patience: a question without an answer is asked again for two minutes, from the first one on; a write never is."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tasks.errors import BrokerError, NoAccessError

PATIENCE = tuple(timedelta(seconds=s) for s in (1, 2, 2, *(5,) * 24))
"""Pauses between the attempts of a read: an outage of two minutes is waited out and its end is noticed within five
seconds; a longer one is told."""
SHORT_PATIENCE = PATIENCE[:2]
"""Of an examination: a blip is ridden out, and a person who waits at the terminal is told of anything longer."""
Answer = TypeVar("Answer")
Pause = Callable[[timedelta], object]


class Clocked(Protocol):
    """A clock that can be waited for; a simulated one jumps."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def wait_until(self, at: datetime) -> datetime:
        """Returns the instant it has become, which may be later; at once when `at` is past."""
        ...


def ask_patiently(question: Callable[[], Answer], pauses: Sequence[timedelta], pause: Pause) -> Answer:
    """The answer, however often it has to be asked for.

    Raises: NoAccessError at once, since only a person can help; the last BrokerError when the patience is over.
    """
    for length in pauses:
        try:
            return question()
        except NoAccessError:
            raise
        except BrokerError:
            pause(length)
    return question()


def pause_at(broker: Clocked, sleep: Callable[[float], None] = time.sleep) -> Pause:
    """Wait on the broker's own clock; on this machine's where the broker does not even tell the time."""

    def pause(length: timedelta) -> None:
        try:
            broker.wait_until(broker.now() + length)
        except BrokerError:
            sleep(length.total_seconds())

    return pause
