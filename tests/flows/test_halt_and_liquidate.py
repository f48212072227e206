"""A session that is halted in the middle sends nothing more, goes on after a resume, and can be brought to flat."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from flows.commands.halt import halt_book, resume_book, show_halts
from tasks.context import StepEvent
from tasks.errors import ConfigError, HaltedError
from tasks.journal import open_journal
from tasks.model.account import HaltState
from tasks.model.cycle import Cycle
from tasks.model.halts import Halt
from tests.flows.conftest import small_book
from tests.flows.worlds import assert_every_order_was_sent_once, broker_rows, journal_rows, typed

DAY = datetime(2022, 12, 28, tzinfo=UTC).date()
NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
ADA = "Ada Byron"


@dataclass(frozen=True)
class World:
    """One book on the server of the tests, and what a person does to it."""

    book: Path
    home: str

    def run(self, halt_after: str = "") -> dict[str, Any]:
        """The session, with somebody who halts the book as soon as a step is done."""
        from flows.bootstrap import watcher
        from flows.rebalance import rebalance

        def hear(event: StepEvent) -> None:
            if event.step == halt_after and event.state == "done":
                halt_book("small", ADA, "prices look wrong", reducing=False, every=False, as_json=True)

        token = watcher.set(hear)
        try:
            return cast("dict[str, Any]", rebalance(book=self.book, session=DAY))
        finally:
            watcher.reset(token)

    def liquidate(self, **more: Any) -> dict[str, Any]:
        from flows.liquidate import liquidate

        return cast("dict[str, Any]", liquidate(book=self.book, who=ADA, because="mandate ended", session=DAY, **more))

    def stopped_after_wave_one(self) -> None:
        with pytest.raises(HaltedError, match="prices look wrong"):
            self.run(halt_after="wave 01")

    def falls_over_after_wave_one(self) -> None:
        """The run ends by a fault, with its orders still at work and nobody to mind them."""
        from flows.bootstrap import watcher
        from flows.rebalance import rebalance

        def hear(event: StepEvent) -> None:
            if (event.step, event.state) == ("wave 01", "done"):
                raise RuntimeError("fell over")

        token = watcher.set(hear)
        try:
            with pytest.raises(RuntimeError, match="fell over"):
                rebalance(book=self.book, session=DAY)
        finally:
            watcher.reset(token)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return journal_rows(self.home, query)

    def at_broker(self, query: str) -> list[tuple[Any, ...]]:
        return broker_rows(self.home, query)


@pytest.fixture
def world(desk_home: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    """The flows in this process, against the server of the tests: start-up is paid once."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    monkeypatch.setenv("STEELYARD_HOME", desk_home["STEELYARD_HOME"])
    with temporary_settings({PREFECT_API_URL: desk_home["PREFECT_API_URL"]}):
        yield World(small_book(tmp_path), desk_home["STEELYARD_HOME"])


def test_a_halt_in_the_middle_sends_nothing_more_and_a_resume_finishes_the_session(world: World) -> None:
    """Halted when wave 1 has just been sent: its orders are cancelled before they fill, wave 2 never begins."""
    world.stopped_after_wave_one()
    first = world.at_broker("SELECT key FROM orders")
    assert len(first) == 5
    assert world.rows("SELECT DISTINCT wave FROM slices") == [(1,)]
    assert world.rows("SELECT status FROM cycles") == [("stopped",)]
    states = "SELECT state FROM order_events e WHERE id = (SELECT max(id) FROM order_events WHERE key = e.key)"
    assert {state for (state,) in world.rows(states)} == {"cancelled"}
    with pytest.raises(HaltedError, match="steelyard resume small") as halted:
        world.run()
    assert world.at_broker("SELECT key FROM orders") == first
    told = typed(str(halted.value))
    assert (told["was"], told["causes"][0]["why"]) == ("halted", "prices look wrong")
    done = world.run()
    assert (done["status"], done["breaks"]) == ("done", 0)
    assert len(world.at_broker("SELECT key FROM orders")) > len(first)
    assert_every_order_was_sent_once(world.home)


def test_a_halted_session_is_liquidated_to_flat_once_it_is_reducing(world: World) -> None:
    """A cycle of its own beside the stopped rebalance, with its own plan, keys, fills and report."""
    world.stopped_after_wave_one()
    with pytest.raises(HaltedError, match="steelyard halt small --reducing") as halted:
        world.liquidate()
    typed(str(halted.value))
    planned = world.liquidate(until="plan")
    assert planned["status"] == "planned"
    assert {row["side"] for row in planned["plan"]} == {"SELL"}
    assert world.rows("SELECT count(*) FROM orders WHERE reason = 'liquidation'") == [(0,)]
    done = world.liquidate()
    assert (done["status"], done["breaks"], done["positions_left"]) == ("done", 0, {})
    assert done["plan_hash"] == planned["plan_hash"]
    assert world.at_broker("SELECT count(*) FROM positions WHERE CAST(shares AS REAL) <> 0") == [(0,)]
    assert world.rows("SELECT who, note FROM approvals WHERE cycle_id LIKE '%:liq'") == [(ADA, "mandate ended")]
    assert_every_order_was_sent_once(world.home)
    kinds = world.rows("SELECT kind, status FROM cycles ORDER BY kind")
    assert kinds == [("liquidation", "done"), ("rebalance", "stopped")]
    assert Path(done["report"]).parent.name == "2022-12-28-liquidation"
    assert world.liquidate()["status"] == "already_done"


def test_a_halt_cancels_what_a_fallen_run_left_at_work(world: World) -> None:
    """No process works the book, so the command itself takes the lease and cancels."""
    world.falls_over_after_wave_one()
    assert world.at_broker("SELECT count(*) FROM orders WHERE state = 'accepted'") == [(5,)]
    told = halt("small")
    assert told["orders"] == ["small:2022-12-28: working orders cancelled"]
    assert world.at_broker("SELECT DISTINCT state FROM orders") == [("cancelled",)]


def test_a_liquidation_first_cancels_what_a_fallen_run_left_at_work(world: World) -> None:
    """Else what was being bought would fill while everything is being sold."""
    world.falls_over_after_wave_one()
    done = world.liquidate()
    assert (done["status"], done["breaks"], done["positions_left"]) == ("done", 0, {})
    assert {side for (side,) in world.rows("SELECT side FROM fills")} == {"SELL"}
    assert_every_order_was_sent_once(world.home)


def test_a_liquidation_leaves_the_book_reducing_so_that_nothing_is_bought_back(world: World) -> None:
    """One position of three, in a book that was free to trade; then the rebalance may sell and not buy."""
    done = world.liquidate(symbols=("KO",))
    assert (done["status"], done["breaks"], sorted(done["positions_left"])) == ("done", 0, ["AAPL", "XOM"])
    assert show_halts("small", as_json=True)["standing"]["small"]["state"] == "reducing"
    assert world.run()["status"] == "done"
    assert {side for (side,) in world.rows("SELECT side FROM fills")} == {"SELL"}


def test_positions_that_moved_make_the_liquidations_plan_anew(world: World) -> None:
    before = world.liquidate(until="plan")
    assert world.liquidate(until="plan")["plan_hash"] == before["plan_hash"]
    assert world.liquidate(symbols=("KO",), until="plan")["plan_hash"] != before["plan_hash"]
    with pytest.raises(ConfigError, match="not held: TSLA; small holds AAPL, KO, XOM"):
        world.liquidate(symbols=("TSLA",))


def test_another_person_may_have_to_say_yes(world: World) -> None:
    from flows.commands.approve import answer_plan
    from tasks.errors import WaitsForPersonError

    with pytest.raises(WaitsForPersonError):
        world.liquidate(approval="manual")
    assert world.rows("SELECT count(*) FROM slices") == [(0,)]
    assert show_halts("small", as_json=True)["standing"]["small"] is None, "a plan without a yes changes nothing"
    answer_plan("small", DAY, approved=True, who="Grace Hopper", note="", as_json=True, kind="liquidation")
    assert world.liquidate(approval="manual")["positions_left"] == {}
    assert world.rows("SELECT who FROM approvals") == [("Grace Hopper",)]


def test_a_breaker_stops_a_session_by_itself(world: World) -> None:
    """More than four messages a minute are too many here: wave 1 sends five orders, and then nothing is sent."""
    text = world.book.read_text()
    limit = "risk: {breakers: {message_rate: {max_per_minute: 4}}, "
    world.book.write_text(text.replace("risk: {", limit))
    with pytest.raises(HaltedError, match="breaker message_rate"):
        world.run()
    assert len(world.at_broker("SELECT key FROM orders")) == 5
    told = resume_book("small", ADA, "the burst was five orders", every=False, as_json=True)
    assert told["causes"][0]["figures"]["measured"] > 4
    assert told["causes"][0]["figures"]["limit"] == 4


# --- the commands, without a session ---


@pytest.fixture
def journal_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose journal knows two books."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    journal = open_journal(tmp_path)
    for name in ("core", "side"):
        cycle = Cycle(f"{name}:d", name, DAY, name, "manual", 1, "done", "", "b.yaml", "0" * 64, "", NOON, NOON)
        journal.fence.take(name, "this test", lambda: NOON)
        journal.cycles.open(cycle)
        journal.fence.release()
    journal.close()
    return tmp_path


def halt(book: str | None, *, reducing: bool = False, every: bool = False, who: str = ADA) -> dict[str, Any]:
    return halt_book(book, who, "practice", reducing=reducing, every=every, as_json=True)


def resume(book: str | None, *, every: bool = False, because: str = "all is well") -> dict[str, Any]:
    return resume_book(book, ADA, because, every=every, as_json=True)


@pytest.mark.usefixtures("journal_home")
def test_all_books_and_one_book_are_halted_and_resumed_apart() -> None:
    assert halt(None, every=True)["books"] == {"core": "halted", "side": "halted"}
    assert halt("core", reducing=True)["books"] == {"core": "halted"}, "the stricter of the two stands"
    with pytest.raises(ConfigError, match="side itself is not halted, but all books are halted by Ada Byron"):
        resume("side")
    assert resume(None, every=True)["still_stopped"] == {"core": "reducing"}
    with pytest.raises(ConfigError, match="halted by name: core"):
        resume(None, every=True)
    assert resume("core")["still_stopped"] == {}
    with pytest.raises(ConfigError, match="core is not halted"):
        resume("core")
    assert [(h["scope"], h["state"]) for h in show_halts(None, as_json=True)["history"]] == [
        ("*", "halted"), ("core", "reducing"), ("*", "normal"), ("core", "normal")
    ]  # fmt: skip


def test_a_resume_names_every_breaker_that_had_tripped_since_a_person_spoke(journal_home: Path) -> None:
    journal = open_journal(journal_home)
    for name, state in (("drawdown", "reducing"), ("unknown", "halted"), ("rejects", "reducing")):
        figures = {"measured": 7.0, "limit": 5.0}
        journal.halts.record(Halt("core", HaltState(state), f"breaker {name}", "too much", figures, NOON))
    journal.close()
    told = resume("core")
    assert told["was"] == "halted"
    assert [cause["who"] for cause in told["causes"]] == ["breaker drawdown", "breaker unknown", "breaker rejects"]
    assert told["causes"][1]["figures"] == {"measured": 7.0, "limit": 5.0}


@pytest.mark.usefixtures("journal_home")
def test_wrong_use_of_the_halt_is_refused_with_the_remedy() -> None:
    refusals = {
        "core, side": lambda: halt("cor"),
        "name one book": lambda: halt(None),
        "not both": lambda: halt("core", every=True),
        "--who is empty": lambda: halt("core", who="  "),
        "signs its own breakers": lambda: halt("core", who="Breaker daily_loss"),
        "--because is empty": lambda: resume("core", because=""),
    }
    for remedy, call in refusals.items():
        with pytest.raises(ConfigError, match=remedy):
            call()
    assert show_halts(None, as_json=True)["history"] == []


@pytest.mark.usefixtures("journal_home")
def test_the_status_of_a_book_shows_its_halt() -> None:
    from flows.commands.inspect import show_status

    halt("core")
    shown = {told["book"]: told["halt"] for told in show_status(None, as_json=True)["books"]}
    assert (shown["core"]["state"], shown["core"]["who"], shown["core"]["why"]) == ("halted", ADA, "practice")
    assert shown["side"]["state"] == "normal"
