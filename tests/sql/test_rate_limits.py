"""The allowance of a key in the database: never passed, nearly all used, urgent first, shared by all processes."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tasks.brokers.sandbox.alpaca.http_faults import Meter
from tasks.journal import Journal
from tasks.journal.rate_limits import FORGOTTEN_S, LOOK_AGAIN_S, SWEEP_EVERY, WINDOW_S, JournalRateLimiter, Waiter
from tasks.model.orders import Urgency
from tests.contract.alpaca.desk import open_venue
from tests.contract.alpaca.keyholders import Keyholder, SharedTime, all_ask, spawning
from tests.contract.world import World

LIMIT = 200
MINUTES = 5
NOON = 1_000_000.0


@dataclass
class Time:
    """Stands still, except when somebody sleeps."""

    at: float = NOON
    meanwhile: list[Callable[[], Any]] = field(default_factory=list)
    """What happens in the next sleeps, one each."""

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.at += seconds


def rate_limiter(journal: Journal, time: Time, limit: int = LIMIT, scope: str = "key") -> JournalRateLimiter:
    return JournalRateLimiter(journal.engine, scope, limit, time.now, time.sleep)


def test_nearly_the_whole_allowance_is_used_and_a_strict_server_refuses_nothing(journal: Journal) -> None:
    time = Time()
    mine, server, made = rate_limiter(journal, time), Meter(LIMIT, time.now), 0
    ends = time.at + 60 * MINUTES

    while True:
        mine.take(Urgency.NORMAL)
        if time.at >= ends:
            break
        assert server.count() is None
        made += 1

    assert made >= 0.97 * LIMIT * MINUTES


def test_two_processes_on_one_database_use_a_key_up_and_a_strict_venue_refuses_neither(
    journal: Journal, tmp_path: Path
) -> None:
    """Two processes that count for themselves would ask twice as often, and half of it would be refused."""
    context = spawning()
    time = SharedTime(context, people=2, at=NOON)
    database = journal.engine.url.render_as_string(hide_password=False)
    with open_venue(World(tmp_path), requests_per_minute=LIMIT, clock=time.now) as venue:

        def made(who: int, time: SharedTime) -> Keyholder:
            return Keyholder(who, database, venue.url, LIMIT, NOON + 60 * MINUTES, time)

        all_ask(2, made, time, context)

        assert venue.meter.refused == 0
        assert venue.meter.seen >= 0.97 * LIMIT * MINUTES


def test_threads_that_ask_at_once_never_take_the_same_place(journal: Journal) -> None:
    """Count first and write after, as naive code does, and several see the last place empty."""
    time, limit = Time(), 40
    passed: list[float] = []

    def ask() -> None:
        mine = rate_limiter(journal, time, limit)
        for _ in range(20):
            passed.append(mine.look(Waiter(Urgency.NORMAL)))
        mine.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with journal.engine.begin() as connection:
        counted = connection.execute(text("SELECT COUNT(*) FROM requests_made")).scalar_one()
    assert limit / 2 < passed.count(0.0) == counted <= limit


def test_processes_that_share_a_scope_share_the_allowance_and_another_scope_does_not(journal: Journal) -> None:
    time = Time()
    one, other = rate_limiter(journal, time), rate_limiter(journal, time)
    stranger = rate_limiter(journal, time, scope="data")
    for _ in range(LIMIT // 2):
        for mine in (one, other, stranger):
            mine.take(Urgency.LOW)
    assert time.at == NOON

    stranger.take(Urgency.LOW)
    assert time.at == NOON

    other.take(Urgency.LOW)
    assert WINDOW_S <= time.at - NOON < WINDOW_S + LOOK_AGAIN_S


@pytest.mark.parametrize("urgent", [Urgency.CANCEL, Urgency.URGENT, Urgency.HIGH, Urgency.NORMAL])
def test_the_more_urgent_passes_one_that_has_waited_longer(journal: Journal, urgent: Urgency) -> None:
    time = Time()
    one, other = rate_limiter(journal, time, limit=1), rate_limiter(journal, time, limit=1)
    one.take(Urgency.LOW)
    patient, hasty = Waiter(Urgency(urgent + 1)), Waiter(urgent)
    for seconds in (1, WINDOW_S - 1):
        time.at = NOON + seconds
        assert one.look(patient) > 0
        assert other.look(hasty) > 0

    time.at = NOON + WINDOW_S

    assert one.look(patient) > 0
    assert other.look(hasty) == 0


def test_among_the_equally_urgent_the_first_goes_first_and_who_just_came_waits(journal: Journal) -> None:
    time = Time()
    one, other = rate_limiter(journal, time, limit=1), rate_limiter(journal, time, limit=1)
    one.take(Urgency.LOW)
    first, second = Waiter(Urgency.NORMAL), Waiter(Urgency.NORMAL)
    assert one.look(first) > 0
    time.at = NOON + WINDOW_S - 1
    assert one.look(first) > 0
    assert other.look(second) > 0

    time.at = NOON + WINDOW_S

    assert other.look(second) > 0
    assert other.look(Waiter(Urgency.NORMAL)) > 0
    assert one.look(first) == 0


def test_places_that_are_enough_for_all_in_line_are_taken_at_once(journal: Journal) -> None:
    """Who waits for the first in line to look again leaves places empty."""
    time = Time()
    mine = rate_limiter(journal, time, limit=2)
    for _ in range(2):
        mine.take(Urgency.LOW)
    first, second = Waiter(Urgency.NORMAL), Waiter(Urgency.NORMAL)
    time.at = NOON + WINDOW_S - 1
    assert mine.look(first) > 0
    assert mine.look(second) > 0

    time.at = NOON + WINDOW_S

    assert mine.look(second) == 0
    assert mine.look(first) == 0


def test_one_free_place_is_for_the_first_in_line_and_who_has_passed_stands_there_no_longer(journal: Journal) -> None:
    time = Time()
    mine = rate_limiter(journal, time, limit=2)
    for seconds in (0, 10):
        time.at = NOON + seconds
        mine.take(Urgency.LOW)
    first, second = Waiter(Urgency.HIGH), Waiter(Urgency.NORMAL)
    time.at = NOON + WINDOW_S - 1
    assert mine.look(first) > 0
    assert mine.look(second) > 0

    time.at = NOON + WINDOW_S

    assert mine.look(second) > 0
    assert mine.look(first) == 0
    with journal.engine.begin() as connection:
        assert connection.execute(text("SELECT who FROM requests_waiting")).scalars().all() == [second.who]


def test_a_process_that_died_waiting_holds_nobody_up_for_long(journal: Journal) -> None:
    time = Time()
    dead, alive = rate_limiter(journal, time, limit=1), rate_limiter(journal, time, limit=1)
    alive.take(Urgency.LOW)

    def die() -> None:
        raise KeyboardInterrupt

    time.meanwhile.append(die)
    with pytest.raises(KeyboardInterrupt):
        dead.take(Urgency.CANCEL)
    alive.take(Urgency.LOW)

    assert WINDOW_S <= time.at - NOON < WINDOW_S + FORGOTTEN_S


def test_what_the_broker_says_of_the_limit_holds_everybody_of_the_scope(journal: Journal) -> None:
    time = Time()
    one, other = rate_limiter(journal, time), rate_limiter(journal, time)
    stranger = rate_limiter(journal, time, scope="data")
    one.take(Urgency.LOW)
    one.close_until(time.at + 20)
    one.close_until(time.at + 10)
    assert one.look(Waiter(Urgency.CANCEL)) > 0
    stranger.take(Urgency.LOW)
    assert time.at == NOON

    other.take(Urgency.CANCEL)

    assert 20 <= time.at - NOON <= 20 + LOOK_AGAIN_S


def test_a_reset_that_is_far_away_is_not_believed(journal: Journal) -> None:
    time = Time()
    mine = rate_limiter(journal, time)
    mine.close_until(time.at + 86_400)

    mine.take(Urgency.NORMAL)

    assert time.at - NOON <= WINDOW_S + LOOK_AGAIN_S


def test_a_clock_that_was_set_back_does_not_close_the_door_for_long(journal: Journal) -> None:
    time = Time()
    mine = rate_limiter(journal, time, limit=1)
    mine.take(Urgency.LOW)
    mine.close_until(time.at + 20)
    time.at -= 86_400

    mine.take(Urgency.LOW)

    assert time.at - (NOON - 86_400) <= WINDOW_S


def test_old_requests_are_swept_away_and_one_who_slept_through_it_still_counts_right(journal: Journal) -> None:
    time = Time()
    busy, sleeper = rate_limiter(journal, time), rate_limiter(journal, time)
    sleeper.take(Urgency.LOW)
    for _ in range(2):
        for _ in range(SWEEP_EVERY):
            busy.take(Urgency.LOW)
        time.at += 2 * WINDOW_S
    for _ in range(LIMIT):
        busy.take(Urgency.LOW)
    with journal.engine.begin() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM requests_made")).scalar_one() <= LIMIT + SWEEP_EVERY

    assert sleeper.look(Waiter(Urgency.CANCEL)) > 0


def test_without_a_clock_of_ours_the_database_or_the_machine_tells_the_time(journal: Journal) -> None:
    mine = JournalRateLimiter(journal.engine, "key", 2)
    mine.take(Urgency.NORMAL)
    mine.take(Urgency.NORMAL)

    assert 0 < mine.look(Waiter(Urgency.NORMAL)) <= LOOK_AGAIN_S


def test_a_closed_allowance_opens_again_and_remembers(journal: Journal) -> None:
    time = Time()
    mine = rate_limiter(journal, time, limit=1)
    mine.take(Urgency.NORMAL)
    mine.close()
    mine.close()

    assert mine.look(Waiter(Urgency.NORMAL)) > 0


def test_a_connection_that_died_is_opened_again_and_the_count_goes_on(journal: Journal) -> None:
    time = Time()
    mine = rate_limiter(journal, time, limit=2)
    mine.take(Urgency.NORMAL)
    if journal.engine.dialect.name == "sqlite":
        assert mine._connection is not None
        mine._connection.connection.dbapi_connection.close()  # type: ignore[union-attr]
    else:
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle'"
        )
        with journal.engine.begin() as connection:
            connection.execute(text(others))

    mine.take(Urgency.NORMAL)

    assert time.at == NOON
    assert mine.look(Waiter(Urgency.NORMAL)) > 0


def test_what_orders_are_written_with_still_reaches_the_disk_at_once(journal: Journal) -> None:
    """The counting connection commits lazily; it must never come back to those who write intents."""
    mine = rate_limiter(journal, Time())
    mine.take(Urgency.NORMAL)
    mine.close()

    question = "PRAGMA synchronous" if journal.engine.dialect.name == "sqlite" else "SHOW synchronous_commit"
    for _ in range(3):
        with journal.engine.connect() as connection:
            assert connection.execute(text(question)).scalar() in (2, "on")
