"""What an approval covers: one hash, for a time; anything else is no."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.approval.verdict import ApprovalState, answer, rule_says, turnover_pct, verdict
from tasks.book.approval import ApprovalSettings
from tasks.model.orders import Side
from tasks.model.plan import Plan, PlanLine

NOW = datetime(2022, 12, 28, 14, 0, tzinfo=UTC)
SETTINGS = ApprovalSettings(expires_after_min=60, auto_below_turnover_pct=10)


def plan(shares: int) -> Plan:
    """NAV 100,000; one buy at 100."""
    line = PlanLine("AAPL", Side.BUY, Decimal(shares), "toward_target", "", Decimal(0), Decimal(100), 0.0, 0.1)
    return Plan("demo", "main", date(2022, 12, 28), 1, NOW, Decimal(100_000), Decimal(100_000), (line,))


def yes(**changes: object):
    said = answer("h1", approved=True, who="desk", note="", now=NOW, settings=SETTINGS)
    return replace(said, **changes)  # type: ignore[arg-type]


def test_silence_means_no() -> None:
    assert verdict(None, "h1", NOW).standing is ApprovalState.OPEN


def test_a_yes_to_another_plan_is_no_answer() -> None:
    assert verdict(yes(), "h2", NOW).standing is ApprovalState.OPEN


def test_a_yes_holds_until_it_expires() -> None:
    assert verdict(yes(), "h1", NOW + timedelta(minutes=60)).standing is ApprovalState.YES
    assert verdict(yes(), "h1", NOW + timedelta(minutes=61)).standing is ApprovalState.EXPIRED


def test_a_refusal_is_told_with_its_reason() -> None:
    told = verdict(yes(decision="refused", note="earnings"), "h1", NOW)
    assert told.standing is ApprovalState.NO
    assert "desk refused" in told.sentence
    assert "earnings" in told.sentence


@pytest.mark.parametrize(
    ("mode", "shares", "by_rule"),
    [
        ("full_auto", 900, True),
        ("semi_auto", 99, True),
        ("semi_auto", 100, False),
        ("manual", 1, False),
        ("research", 1, False),
    ],
)
def test_each_mode_approves_what_it_says(mode: str, shares: int, by_rule: bool) -> None:
    """Semi-auto asks a person from the stated turnover on: 100 shares at 100 of 100,000 are exactly 10 percent."""
    assert bool(rule_says(mode, plan(shares), SETTINGS)) is by_rule


def test_turnover_is_the_sum_of_absolute_trades() -> None:
    assert turnover_pct(plan(250)) == pytest.approx(25.0)


def test_nobody_signs_without_a_name() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        answer("h1", approved=True, who="  ", note="", now=NOW, settings=SETTINGS)
