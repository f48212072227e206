"""The quarter's pack: the policy in force by date, and questions that each have a figure or a day behind them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tasks.book.execution import ExecutionSettings
from tasks.book.tca import TcaSettings
from tasks.model.orders import Algorithm
from tasks.tca.committee_questions import Facts, SessionReview, questions_of
from tasks.tca.gather_period import Beside, gather, write_period
from tasks.tca.period import period_of
from tasks.tca.period_groups import groups_of
from tasks.tca.period_outliers import outliers_of
from tasks.tca.policy_version import Sections, policy_hash, policy_versions
from tests.unit.tca.period_desk import NOW, period_order, recorded_session

D = Decimal
MONDAY = date(2022, 10, 3)
AUTO: Sections = (TcaSettings(), ExecutionSettings())
TWAP: Sections = (TcaSettings(total_cost_bps=D(20)), ExecutionSettings(algorithm=Algorithm.TWAP))


def days(count: int) -> list[date]:
    return [MONDAY + timedelta(days=n) for n in range(count)]


def facts(**known: object) -> Facts:
    nothing: dict[str, object] = {
        "target_bps": None,
        "groups": (),
        "outliers": (),
        "changes": (),
        "versions": (),
        "reviews": (),
        "without_report": (),
    }
    return Facts(**(nothing | known))  # pyright: ignore[reportArgumentType]


def test_a_policy_is_named_by_its_settings_and_not_by_how_they_are_written():
    written = (TcaSettings(), ExecutionSettings(algorithm="auto", waves=13))
    assert policy_hash(written) == policy_hash(AUTO)
    assert policy_hash(TWAP) != policy_hash(AUTO)


def test_a_policy_that_changed_is_a_new_version_with_its_day_and_what_changed():
    first, second, third = policy_versions(list(zip(days(5), [AUTO, AUTO, TWAP, AUTO, AUTO], strict=True)))
    assert (first.first, first.last, first.sessions, first.changes) == (days(2)[0], days(2)[1], 2, ())
    assert second.changes == ("execution.algorithm: twap, was auto", "tca.total_cost_bps: 20, was 25")
    assert (third.sha256, third.sessions) == (first.sha256, 2), "the same again is a version of its own"


def test_nothing_to_ask_is_no_question():
    assert questions_of(facts()) == ()


def test_the_dearest_group_is_asked_about_where_it_is_above_what_the_book_asks():
    orders = [
        period_order(bps + (day % 3) - 1, day, n, algorithm=name, symbol=name.upper())
        for name, bps in (("vwap", 40), ("twap", 3))
        for day in range(12)
        for n in range(3)
    ]
    (question,) = questions_of(facts(target_bps=D(25), groups=groups_of(orders)))
    assert question.startswith(
        "By algorithm VWAP was the dearest: 40.00 bps of 36 orders on 12 days (95 % interval 39."
    )
    assert question.endswith("against below 25 bps asked; the interval is above it. What is done about it?")
    assert questions_of(facts(target_bps=D(50), groups=groups_of(orders))) == ()


def test_insufficient_data_outliers_reviews_and_gaps_are_asked_about_with_their_days():
    orders = [period_order(5 + n % 3, n) for n in range(8)] + [period_order(500, 9, symbol="KO")]
    asked = questions_of(
        facts(
            groups=groups_of(orders),
            outliers=outliers_of(orders),
            versions=policy_versions([(days(2)[0], AUTO), (days(2)[1], TWAP)]),
            reviews=(
                SessionReview(MONDAY, "rebalance", 2, 1, ""),
                SessionReview(MONDAY + timedelta(days=1), "rebalance", 0, 0, "Ada Byron"),
            ),
            without_report=(date(2022, 10, 7),),
        )
    )
    assert [question.partition(":")[0] for question in asked] == [
        "Insufficient data on VWAP (9 orders), main (9 orders)",
        "The policy changed on 2022-10-04 (execution.algorithm",
        "1 order stands out without an explanation in their reports (2022-10-12 KO)",
        "2 points are still open, 1 of them escalated (2022-10-03",
        "Nobody has signed 1 of 2 reports of the period (2022-10-03)",
        "1 session has no report (2022-10-07)",
    ]


def test_the_pack_stands_in_the_periods_report_and_is_the_same_when_written_again(tmp_path: Path):
    sessions = [recorded_session(tmp_path, date(2022, 12, day)) for day in (27, 28)]
    before = tuple(recorded_session(tmp_path, date(2022, 9, day)) for day in (27, 28))
    beside = Beside(
        before,
        tuple((cycle.session, policy) for (cycle, _), policy in zip(sessions, (AUTO, TWAP), strict=True)),
        tuple(SessionReview(cycle.session, cycle.kind, 1, 0, "") for cycle, _ in sessions),
    )
    pages = []
    for folder in ("one", "two"):
        report = gather("core", "XNYS", period_of(date(2022, 12, 28), "quarter"), sessions, NOW, beside)
        pages.append({f.name: f.read_bytes() for f in write_period(report, tmp_path / folder).parent.iterdir()})
    assert pages[0] == pages[1]
    text = pages[0]["report.html"].decode()
    assert "Since 2022-Q3" in text
    assert text.count("<table") == text.count("<caption>"), "every table says its n, source, sign and denominator"
    assert report.changes[0].before == report.changes[0].now, "the same day twice"
    assert "execution.algorithm: twap, was auto" in text
    assert "Nobody has signed 2 of 2 reports of the period (2022-12-27, 2022-12-28)" in text
    assert "broker and algorithm" in {group.grouping for group in report.groups}
