"""What a watch does with what Prefect's server says of its run, look by look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from flows.cancel_watch.server import RunState
from flows.cancel_watch.watch import ASKS_THE_RECORD_EVERY, MOST_LOOKS_AFTER, Parent, Watch

OFF = "5 working orders cancelled at the broker"


@dataclass
class Server:
    """Answers with one state after the other, and then with the last one for ever."""

    states: Sequence[str]
    said: list[tuple[str, str]] = field(default_factory=list)
    looks: int = 0

    def state(self) -> RunState:
        self.looks += 1
        return RunState(self.states[min(self.looks, len(self.states)) - 1], "quick-fox")

    def cancelled(self, sentence: str) -> None:
        self.said.append(("state", sentence))

    def log(self, sentence: str) -> None:
        self.said.append(("log", sentence))


def kept(
    states: Sequence[str], *process: Parent, told: str = OFF, at_work: Sequence[bool] = (True,)
) -> tuple[Server, list[str]]:
    """The server, and the names of the runs whose sessions were ended."""
    server, ended = Server(states), list[str]()
    left: Iterator[Parent] = iter(process)
    record = iter(at_work)

    def take_off(run: str) -> str:
        ended.append(run)
        return told

    Watch(server, lambda _: next(left, process[-1]), take_off, lambda: next(record, at_work[-1])).keep()
    return server, ended


def test_a_run_that_ends_well_needs_no_watch() -> None:
    assert kept(["RUNNING"], Parent.LIVES, Parent.DONE)[1] == []


@pytest.mark.parametrize("process", [Parent.LIVES, Parent.GONE])
def test_cancel_takes_the_orders_off_whether_the_process_lives_or_not(process: Parent) -> None:
    assert kept(["RUNNING", "CANCELLING", "CANCELLED"], process)[1] == ["quick-fox"]


def test_the_state_says_what_became_of_the_orders_after_the_worker_has_had_its_say() -> None:
    """The hook logs the same sentence; Prefect's own message would stand over one that comes before it."""
    server, _ = kept(["CANCELLING", "CANCELLING", "CANCELLING", "CANCELLED"], Parent.GONE)
    assert server.said == [("state", OFF)]


def test_where_no_worker_ends_the_run_the_watch_says_cancelled_and_why() -> None:
    server, _ = kept(["CANCELLING"], Parent.LIVES)
    assert server.said == [("log", OFF), ("state", OFF)]


def test_a_run_that_was_suspended_and_then_cancelled_has_its_orders_taken_off() -> None:
    """Prefect calls it cancelled at once and nobody's hook, since it thinks that no process is left."""
    server, ended = kept(["RUNNING", "PAUSED", "CANCELLED"], Parent.LIVES)
    assert ended == ["quick-fox"]
    assert server.said[0][1].startswith("suspended while orders are at work")
    assert server.said[1:] == [("log", OFF), ("state", OFF)]


def test_a_run_that_failed_with_orders_at_work_is_watched_until_prefect_calls_it_over() -> None:
    server, ended = kept(["RUNNING", "RUNNING", "FAILED"], Parent.GONE)
    assert (server.looks, ended, server.said) == (3, [], [])


def test_a_killed_run_is_watched_until_nothing_of_it_is_at_the_broker() -> None:
    """Prefect says Running of it for ever; another run has finished its session meanwhile."""
    server, ended = kept(["RUNNING"], Parent.GONE, at_work=[True, True, False])
    assert (server.looks, ended, server.said) == (2 + 2 * ASKS_THE_RECORD_EVERY, [], [])


def test_a_run_that_lives_is_watched_whatever_the_record_says() -> None:
    assert kept(["RUNNING"] * 50 + ["CANCELLING", "CANCELLED"], Parent.LIVES, at_work=[False])[1] == ["quick-fox"]


def test_of_a_run_that_nobody_takes_up_the_watch_ends_after_a_day() -> None:
    server, _ = kept(["RUNNING"], Parent.GONE)
    assert server.looks == 2 + MOST_LOOKS_AFTER


def test_a_server_that_is_gone_with_the_run_is_not_asked_for_ever() -> None:
    assert kept(["RUNNING", ""], Parent.GONE)[1] == []


def test_a_silent_server_does_not_end_the_watch_of_a_run_that_lives() -> None:
    silent = [""] * 100
    assert kept(["RUNNING", *silent, "CANCELLING", "CANCELLED"], Parent.LIVES)[1] == ["quick-fox"]


def test_a_state_that_a_person_changed_meanwhile_is_left_alone() -> None:
    """Retry after Cancel: the run lives again."""
    assert kept(["CANCELLING", "SCHEDULED"], Parent.GONE)[0].said == []


def test_a_run_without_a_session_has_nothing_to_be_said_of() -> None:
    assert kept(["CANCELLING"], Parent.LIVES, told="")[0].said == []
