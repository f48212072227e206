"""A week of one real session: drawn by lot in its plan, worked so, and read again from what is on record."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.commands.lookup import journal_here
from flows.commands.sign_off import dispose_point, show_exceptions, sign_report
from flows.period_report import records_beside
from tasks.tca.gather_period import gather, reported_sessions, write_period
from tasks.tca.period import Period, PeriodReport, period_of
from tests.flows.conftest import small_book
from tests.simulation.early_steps import STEPS, open_watched
from tests.simulation.points import Points
from tests.unit.tca.period_desk import NOW

LOT = "algorithm: twap, experiment: {name: all-alike, arms_pct: {immediate: 20, twap: 40, vwap: 40}, seed: 3}}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("drawn")
    path = small_book(folder)
    text = path.read_text()
    assert "algorithm: twap}" in text
    path.write_text(text.replace("algorithm: twap}", LOT))
    at = folder / "all" / "home"
    at.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(at))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        with open_watched(at, Points()) as desk:
            for step in STEPS.values():
                step(desk)
        yield at


def week() -> tuple[PeriodReport, Period]:
    with journal_here() as journal:
        newest = max(cycle.session for cycle in journal.cycles.all("small"))
        period = period_of(newest, "week")
        sessions = reported_sessions(journal, "small", period)
        return gather(
            "small", "XNYS", period, sessions, NOW, records_beside(journal, "small", period, sessions)
        ), period


def test_what_was_drawn_is_worked_and_stands_in_the_week(home: Path) -> None:
    report, _ = week()
    assert report.all_orders.orders == len(report.orders) > 0
    assert report.all_orders.cost_usd == report.total.total_usd
    drawn = [order for order in report.orders if order.experiment == "all-alike"]
    assert drawn
    assert all(order.arm == order.algorithm for order in drawn), "the lot is what worked them"
    (result,) = report.experiments
    assert sum(count for _, count in result.drawn) == sum(arm.orders + arm.left_out for arm in result.arms)
    (version,) = report.policy_versions
    assert (version.sessions, version.changes) == (1, ())
    page = write_period(report, home / "periods")
    assert "all-alike" in page.read_text()


def test_a_signature_is_in_the_next_writing_and_no_question_any_more(home: Path) -> None:
    report, _ = week()
    (before,) = report.reviews
    assert before.signed_by == ""
    assert any(question.startswith("Nobody has signed 1 of 1 report") for question in report.questions)
    who, why = "Grace Hopper", "seen with the desk"
    for point in show_exceptions("small", None, as_json=True)["points"]:
        dispose_point("small", None, point["key"], "explained", who, why, as_json=True, kind="rebalance")
    sign_report("small", None, "accepted", who, why, as_json=True, kind="rebalance")
    report, _ = week()
    (after,) = report.reviews
    assert (after.open_points, after.signed_by) == (0, who)
    assert not any("signed" in question for question in report.questions)
    assert home.exists()
