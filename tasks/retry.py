"""Patience: a question without an answer is asked again, from the first one on; a write never is.

The one table of how often and after how long, a name for each situation.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from tasks.errors import BrokerError, NoAccessError


def _pauses(*seconds: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=one) for one in seconds)


@dataclass(frozen=True, slots=True)
class Looks:
    """So many answers at the most, with a pause of the broker's clock between them."""

    most: int
    pause: timedelta = timedelta(0)


# ---- questions to a broker, or a source ----------------------------------------------------------------------------

PATIENCE = _pauses(1, 2, 2, *(5,) * 24)
"""Pauses between the attempts of a read: an outage of two minutes is waited out and its end is noticed within five
seconds; a longer one is told."""
SHORT_PATIENCE = PATIENCE[:2]
"""Of an examination: a blip is ridden out, and a person who waits at the terminal is told of anything longer."""
ALL_ANSWER = _pauses(10, 20, 30, 60, 120)
"""While one of several brokers is silent at the end of a session; then the run stops."""
ONE_OF_SEVERAL = _pauses(1, 4, 10)
"""Before a broker that has just answered is taken for silent; a silent one is asked once."""
NONE_OF_SEVERAL = _pauses(10, 20, 30, 60)
"""While nobody at all answers; no broker is ever waited for by another one."""
ACCOUNT_AGREES = Looks(8, timedelta(seconds=2))
"""Until answers about the account are the same; a fill in between, or a list cut short, passes in that time."""
LISTS_AGREE = Looks(5)
"""Until a list is the same when it is told again at once: for brokers whose lists have no end that can be seen."""

# ---- what became of an order ---------------------------------------------------------------------------------------

LOST_ORDER_SHOWS = Looks(3, timedelta(seconds=10))
"""Looks at an unanswered order in the wave that sent it; later waves look again."""
CANCEL_SHOWS = _pauses(0.2, 0.4, 0.8)
"""Between the looks at an order whose cancel was taken: a wave is not kept for longer, and looks again by itself."""
ORDER_IS_OVER = _pauses(1, 2, 4, 8, 15, 30)
"""Between the looks at an order that another one is to replace: a minute in all."""
ORDER_IS_SEEN = _pauses(0, 0.2, 0.5, 1, 2, 5, 10, 20)
"""Between the looks at an order of a validation, which a person waits for: short at first."""
EVERYTHING_IS_OFF = Looks(4)
"""How often a validation cancels what is left of its own; it waits for the broker's own delay in between."""
SESSION_IS_OFF = Looks(12, timedelta(seconds=2))
"""A cancel may be on its way, and an order without an answer may still arrive: the broker is asked again and again."""
DIFFERENCE_STAYS = Looks(3, timedelta(seconds=5))
"""Comparisons before a difference is believed; then it is a break on record, for a person."""

# ---- lines ----------------------------------------------------------------------------------------------------------

SOCKET_COMES_BACK = _pauses(0.1, 0.5, 1, 2)
"""Before each attempt to replace a lost socket; the last one again and again."""
CLIENT_ID_IS_FREE = Looks(3, timedelta(seconds=1))
"""TWS needs a moment to notice that an earlier connection of the client id is gone."""

# ---- programs of the desk --------------------------------------------------------------------------------------------

CHILD_COMES_BACK = _pauses(1, 2, 5, 15, 30, 60)
"""Before a server or worker that ended is started again; the last one again and again. What has worked for longer than
the last begins anew."""
SERVER_IS_BUSY = _pauses(0.2, 0.5, 1, 2, 4)
"""Before Prefect's server is asked again that said it was busy: its SQLite lets one writer in at a time."""
LOCK_IS_FREE = Looks(20, timedelta(seconds=0.05))
"""Somebody who only looks whether the lock is held holds it for that moment."""

# ---- steps that Prefect tries again, in seconds; each question in them has had its own patience ---------------------

READING_STEP_S = (2.0, 10.0)
"""What only asks: prices, holdings, the reconciliation."""
STOCKTAKING_STEP_S = (1.0, 5.0)
"""Before a liquidation, for which somebody waits."""
RECOVERING_STEP_S = (5.0, 20.0)
"""Orders of an earlier life: the broker may be just as new."""
WAVE_STEP_S = (1.0, 5.0, 15.0)
"""A wave has its time: what it may still send, it sends within half a minute."""
CONFIRMING_STEP_S = (2.0, 10.0, 30.0)
"""The last fills of a session: worth one more look than a question."""

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


def with_retries(question: Callable[[], Answer], pauses: Sequence[timedelta], pause: Pause) -> Answer:
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
