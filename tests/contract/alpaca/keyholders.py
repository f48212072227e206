"""Processes that use one key at the same time, on a clock that they share and that jumps when all of them wait."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from multiprocessing.sharedctypes import SynchronizedArray

from sql.database import open_database
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.rate_limit import Unlimited
from tasks.journal.rate_limits import JournalRateLimiter
from tests.contract.alpaca.desk import KEY_ID, SECRET

AWAKE, GONE = -1.0, 1e18
AT_MOST_S = 60
SCOPE = "alpaca trading of the test"


class SharedTime:
    """Stands still while anybody works; when all sleep, it is the time at which the first wakes up."""

    def __init__(self, context: SpawnContext, people: int, at: float) -> None:
        self._wakes: SynchronizedArray[float] = context.Array("d", [AWAKE] * people + [at])
        self._changed = context.Condition()

    def now(self) -> float:
        return self._wakes[-1]

    def sleep(self, who: int, seconds: float) -> None:
        with self._changed:
            self._until(who, self.now() + seconds)
            while self._wakes[who] > self.now():
                assert self._changed.wait(AT_MOST_S), "another process does not go on"
            self._wakes[who] = AWAKE

    def leave(self, who: int) -> None:
        with self._changed:
            self._until(who, GONE)

    def _until(self, who: int, at: float) -> None:
        self._wakes[who] = at
        people = self._wakes[:-1]
        if AWAKE not in people and min(people) < GONE:
            self._wakes[-1] = max(self.now(), min(people))
        self._changed.notify_all()


@dataclass(frozen=True)
class Keyholder:
    """One process: asks as often as it may."""

    who: int
    database: str
    venue: str
    limit: int
    ends: float
    time: SharedTime

    def ask_on(self) -> None:
        """Until the end of the time; a refusal ends the process with an error."""
        allowance = JournalRateLimiter(open_database(self.database), SCOPE, self.limit, self.time.now, self._sleep)
        wire = Wire(Credentials(KEY_ID, SECRET), Endpoints(self.venue, self.venue), allowance, Unlimited())
        try:
            while self.time.now() < self.ends:
                wire.get("/clock")
        finally:
            self.time.leave(self.who)
            wire.close()

    def _sleep(self, seconds: float) -> None:
        self.time.sleep(self.who, seconds)


def all_ask(people: int, made: Callable[[int, SharedTime], Keyholder], time: SharedTime, context: SpawnContext) -> None:
    """Run as many processes at once, and fail when one of them fails."""
    processes = [context.Process(target=made(who, time).ask_on) for who in range(people)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(AT_MOST_S)
    assert [process.exitcode for process in processes] == [0] * people


def spawning() -> SpawnContext:
    return multiprocessing.get_context("spawn")
