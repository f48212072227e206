"""The requests one key may make in a minute, counted in the database that all its processes share.

Every request takes the next number, and a number can be taken only once: that is the lock. A process remembers what it
has seen, so one statement is enough where nobody waits. Whoever waits stands in a line: by urgency, then by time.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from tasks.errors import JournalError
from tasks.model.orders import Urgency

WINDOW_S = 60.5
"""Half a second more than the minute: requests do not arrive exactly as far apart as they were sent."""
FORGOTTEN_S = 5.0
"""A waiting process that has not looked again for this long is no longer there."""
LOOK_AGAIN_S = 0.25
AFTER_A_RACE_S = 0.01
SWEEP_EVERY = 100
"""After so many requests of a process old rows are deleted."""
RACES = 5
"""How often in a row another process may be faster before we stand in line."""
NOT_IN_LINE = 1e18
"""Since when somebody waits who does not yet: after everybody else."""

SERVER_CLOCK = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
AHEAD = """(SELECT COUNT(*) FROM requests_waiting WHERE scope = :scope AND who <> :who
    AND seen > {now} - :forgotten AND seen <= {now} + :forgotten
    AND (urgency < :urgency OR (urgency = :urgency AND since < :since)))"""
CLOSED = "(SELECT until FROM requests_closed WHERE scope = :scope AND until > {now} AND until <= {now} + 2 * :window)"
LOOK = f"SELECT {{now}}, {CLOSED}, {AHEAD}"
PASS = f"""INSERT INTO requests_made (id, scope, epoch_s)
    SELECT CAST(:number AS INTEGER), CAST(:scope AS VARCHAR(60)), {{now}}
    WHERE (:freed <= {{now}} - :window OR :freed > {{now}} + :window) AND {CLOSED} IS NULL AND {AHEAD} <= :ahead
    AND NOT EXISTS (SELECT 1 FROM requests_made WHERE id >= :number)
    ON CONFLICT (id) DO NOTHING RETURNING epoch_s"""
NEWER = "SELECT id, scope, epoch_s FROM requests_made WHERE id > :number ORDER BY id"
STAND = """INSERT INTO requests_waiting (who, scope, urgency, since, seen)
    VALUES (:who, :scope, :urgency, :since, {now}) ON CONFLICT (who) DO UPDATE SET seen = excluded.seen"""
LEAVE = "DELETE FROM requests_waiting WHERE who = :who"
CLOSE = """INSERT INTO requests_closed (scope, until)
    SELECT CAST(:scope AS VARCHAR(60)), CASE WHEN :until < {now} + :window THEN :until ELSE {now} + :window END
    WHERE 1 = 1 ON CONFLICT (scope) DO UPDATE SET until = CASE
    WHEN requests_closed.until > excluded.until AND requests_closed.until <= {now} + 2 * :window
    THEN requests_closed.until ELSE excluded.until END"""
SWEEP = "DELETE FROM requests_made WHERE id < :number AND epoch_s <= {now} - :window"
SWEEP_LINE = "DELETE FROM requests_waiting WHERE seen <= {now} - :forgotten OR seen > {now} + :forgotten"
UNSYNCED = {"sqlite": "PRAGMA synchronous=NORMAL", "postgresql": "SET synchronous_commit TO off"}
"""A count that a power cut loses costs one refused request; nothing but counts is written on this connection."""

T = TypeVar("T")


@dataclass
class Waiter:
    """One request that wants to be made."""

    urgency: Urgency
    who: str = field(default_factory=lambda: uuid4().hex)
    since: float = NOT_IN_LINE
    """Epoch seconds."""


class JournalRateLimiter:
    """At most `limit` requests in any `WINDOW_S` seconds over all processes that use one database and one `scope`."""

    def __init__(
        self,
        engine: Engine,
        scope: str,
        limit: int,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock` tells epoch seconds; without one it is the server's on PostgreSQL, and this machine's on SQLite."""
        self._engine, self._scope, self._limit, self._sleep = engine, scope, limit, sleep
        is_servers = clock is None and engine.dialect.name == "postgresql"
        self._clock = (lambda: 0.0) if is_servers else clock or time.time
        self._now = SERVER_CLOCK if is_servers else ":now"
        self._texts: dict[str, TextClause] = {}
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._number = 0
        """The newest number that this process has seen, of any scope."""
        self._times: deque[float] = deque(maxlen=limit)
        """When the newest requests of the scope were made, epoch seconds."""
        self._made = 0

    def take(self, urgency: Urgency) -> None:
        """Return when the request may be made; it is counted then."""
        waiter = Waiter(urgency)
        while (pause := self.look(waiter)) > 0:
            self._sleep(pause)

    def look(self, waiter: Waiter) -> float:
        """Zero when the request may pass, else the seconds after which to look again."""
        return self._with_connection(lambda: self._look(waiter))

    def close_until(self, at: float) -> None:
        """The broker says that nothing more passes before `at` (epoch seconds): nobody asks until then."""
        self._with_connection(lambda: self._do(CLOSE, until=at))

    def close(self) -> None:
        """Give the connection back; the next request opens one again."""
        with self._lock:
            self._drop()

    # ---- one look --------------------------------------------------------------------------------------------------

    def _look(self, waiter: Waiter) -> float:
        if self._number and waiter.since == NOT_IN_LINE and self._passes(waiter, 0):
            return 0.0
        now, pause = 0.0, 0.0
        for _ in range(RACES):
            self._catch_up()
            now, closed, ahead = tuple(self._do(LOOK, waiter)[0])
            pause = self._pause(now, closed, ahead)
            if pause > 0:
                break
            if self._passes(waiter, ahead):
                return 0.0
        waiter.since = min(waiter.since, now)
        self._do(STAND, waiter)
        return min(pause or AFTER_A_RACE_S, LOOK_AGAIN_S)

    def _passes(self, waiter: Waiter, ahead: int) -> bool:
        """Take the next number, unless somebody else has, or more than `ahead` are before us in line."""
        number = self._number + 1
        made = self._do(PASS, waiter, number=number, ahead=ahead, freed=self._freed_by(ahead))
        if not made:
            return False
        self._number = number
        self._times.append(made[0][0])
        if waiter.since != NOT_IN_LINE:
            self._do(LEAVE, waiter)
        self._made += 1
        if self._made % SWEEP_EVERY == 0:
            self._do(SWEEP, number=number)
            self._do(SWEEP_LINE)
        return True

    def _catch_up(self) -> None:
        """Learn of the requests that others have made."""
        for row in self._do(NEWER, number=self._number):
            self._number = row.id
            if row.scope == self._scope:
                self._times.append(row.epoch_s)

    def _pause(self, now: float, closed: float | None, ahead: int) -> float:
        """Seconds until there is room for us and for all before us in line; zero when there is."""
        if closed is not None:
            return closed - now
        if ahead >= self._limit:
            return LOOK_AGAIN_S
        left = self._freed_by(ahead) + WINDOW_S - now
        return 0.0 if left > 2 * WINDOW_S else max(0.0, left)  # of a clock that was set back since

    def _freed_by(self, ahead: int) -> float:
        """When that request was made whose place is free for us only after the minute; zero where places are empty."""
        others = self._limit - ahead
        return self._times[-others] if 0 < others <= len(self._times) else 0.0

    # ---- the database ----------------------------------------------------------------------------------------------

    def _with_connection(self, work: Callable[[], T]) -> T:
        """Once more with a new connection where the old one is dead: nothing is counted twice that matters."""
        with self._lock:
            try:
                return work()
            except (DBAPIError, JournalError) as error:
                if not (error.passing if isinstance(error, JournalError) else error.connection_invalidated):
                    raise
                self._drop()
                return work()

    def _do(self, statement: str, waiter: Waiter | None = None, **values: Any) -> list[Row[Any]]:
        if self._connection is None:
            self._connection = self._opened()
        found = self._texts.get(statement)
        if found is None:
            found = self._texts[statement] = text(statement.replace("{now}", self._now))
        asked = vars(waiter) if waiter is not None else {}
        known = {"now": self._clock(), "scope": self._scope, "window": WINDOW_S, "forgotten": FORGOTTEN_S}
        with self._connection.begin():
            result = self._connection.execute(found, {**known, **asked, **values})
            return list(result) if result.returns_rows else []

    def _opened(self) -> Connection:
        """A connection of its own: each statement is a transaction, and its commits need not reach the disk at once."""
        connection = self._engine.connect()
        dialect = self._engine.dialect.name
        if dialect == "postgresql":
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # never to be met again by anybody who writes orders
        connection.connection.cursor().execute(UNSYNCED[dialect])
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
