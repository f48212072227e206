"""What was approved is what is sent: a plan's hash changes with every field, and with nothing else."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.cost_model import CostModelUsed
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import CostEstimate, Finding, Plan, PlanLine, Severity
from tasks.model.plan_json import plan_from_json, plan_hash, plan_to_json

D = Decimal

decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15)
floats = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(max_size=20)
estimates = st.builds(CostEstimate, spread_usd=floats, impact_usd=floats, fees_usd=floats, model=words)
findings = st.builds(
    Finding,
    severity=st.sampled_from(Severity),
    check=words,
    subject=words,
    message=words,
    symbol=st.none() | words,
    session=st.none() | st.dates(),
)
lines = st.builds(
    PlanLine,
    symbol=words,
    side=st.none() | st.sampled_from(Side),
    shares=decimals,
    reason=words,
    sentence=words,
    holding_shares=decimals,
    decision_price=decimals,
    current_weight=floats,
    target_weight=floats,
    algorithm=st.none() | st.sampled_from(Algorithm),
    adv_shares=st.none() | floats,
    estimate=st.none() | estimates,
    standing_over=decimals,
)
plans = st.builds(
    Plan,
    book=words,
    account=words,
    session=st.dates(),
    revision=st.integers(1, 10**6),
    decided_at=st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    nav_usd=decimals,
    cash_usd=decimals,
    lines=st.lists(lines, max_size=4).map(tuple),
    findings=st.lists(findings, max_size=2).map(tuple),
)

LINE = PlanLine(
    "AAPL", Side.BUY, D("10.50"), "toward_target", "AAPL: buy", D("1.0"), D("99.990"), 0.1, 0.2, Algorithm.TWAP, 1e6,
    CostEstimate(1.0, 2.0, 3.0, "model"),
)  # fmt: skip
FOUND = Finding(Severity.WARN, "cash_short", "main", "cash was short", "AAPL", date(2022, 12, 28))
PLAN = Plan(
    "core", "main", date(2022, 12, 28), 1, datetime(2022, 12, 28, 14, tzinfo=UTC), D("1000.00"), D(5), (LINE,), (FOUND,)
)
CALIBRATED = replace(PLAN, cost_model=CostModelUsed("3fa1b2c4", 2, 1.5, 0.9, "Ada Byron"))


@given(plans)
def test_a_plan_comes_back_from_json_as_it_was(plan):
    again = plan_from_json(plan_to_json(plan))
    assert again == plan
    assert plan_hash(again) == plan_hash(plan)


@given(plans, plans)
def test_two_plans_have_one_hash_only_if_they_are_equal(one, other):
    assert (plan_hash(one) == plan_hash(other)) == (one == other)


def other_value(value: Any) -> Any:
    """A different value of the same kind, as close as its kind allows."""
    match value:
        case Side() | Algorithm() | Severity():
            return next(member for member in type(value) if member is not value)
        case str():
            return value + "x"
        case Decimal():
            return value + D("1e-12")
        case datetime():
            return value + timedelta(microseconds=1)
        case date():
            return value + timedelta(days=1)
        case tuple():
            return value + value
        case CostEstimate():
            return replace(value, fees_usd=value.fees_usd + 1e-9)
        case CostModelUsed():
            return replace(value, version=value.version + 1)
    return value + 1


@pytest.mark.parametrize("field", [f.name for f in fields(Plan)])
def test_changing_any_field_of_a_plan_changes_its_hash(field):
    changed = replace(CALIBRATED, **{field: other_value(getattr(CALIBRATED, field))})
    assert plan_hash(changed) != plan_hash(CALIBRATED)


@pytest.mark.parametrize("value", ["other", None])
@pytest.mark.parametrize("field", [f.name for f in fields(PlanLine)])
def test_changing_any_field_of_a_line_changes_the_hash(field, value):
    changed = None if value is None else other_value(getattr(LINE, field))
    if changed is None and field not in {"side", "algorithm", "adv_shares", "estimate"}:
        changed = other_value(other_value(getattr(LINE, field)))
    assert plan_hash(replace(PLAN, lines=(replace(LINE, **{field: changed}),))) != plan_hash(PLAN)


@pytest.mark.parametrize("field", [f.name for f in fields(CostEstimate)])
def test_changing_any_field_of_an_estimate_changes_the_hash(field):
    assert LINE.estimate is not None
    estimate = replace(LINE.estimate, **{field: other_value(getattr(LINE.estimate, field))})
    assert plan_hash(replace(PLAN, lines=(replace(LINE, estimate=estimate),))) != plan_hash(PLAN)


@pytest.mark.parametrize("field", [f.name for f in fields(Finding)])
def test_changing_any_field_of_a_finding_changes_the_hash(field):
    finding = replace(FOUND, **{field: other_value(getattr(FOUND, field))})
    assert plan_hash(replace(PLAN, findings=(finding,))) != plan_hash(PLAN)


def test_the_same_figure_written_otherwise_is_the_same_plan():
    line = replace(LINE, shares=D("1.05E+1"), holding_shares=D(1), decision_price=D("99.99"))
    new_york = datetime(2022, 12, 28, 9, tzinfo=timezone(timedelta(hours=-5)))
    assert plan_hash(replace(PLAN, nav_usd=D("1E3"), decided_at=new_york, lines=(line,))) == plan_hash(PLAN)
    assert plan_hash(replace(PLAN, cash_usd=D("-0.0"))) == plan_hash(replace(PLAN, cash_usd=D(0)))


def test_a_long_figure_keeps_every_digit():
    long = D("123456789012345678901234567890.123456789012345678901")
    assert plan_from_json(plan_to_json(replace(PLAN, nav_usd=long))).nav_usd == long


def test_the_order_of_keys_in_the_file_does_not_matter():
    data = json.loads(plan_to_json(PLAN))
    assert plan_hash(plan_from_json(json.dumps(dict(reversed(data.items()))))) == plan_hash(PLAN)


def test_the_hash_of_a_plan_is_the_same_for_ever():
    """A stored approval names this hash: a change of the canonical form must be noticed."""
    assert plan_hash(PLAN) == "4435e72388259645b10563f25ed414d9e4cd7866e8b888381c3f9c1e4eae8a3f"


@pytest.mark.parametrize(
    "broken",
    [{"nav_usd": D("NaN")}, {"cash_usd": D("Infinity")}, {"decided_at": datetime(2022, 12, 28)}],  # noqa: DTZ001
)
def test_figures_that_are_none_are_refused(broken):
    with pytest.raises(ValueError, match=r"cannot be part of a plan|no time zone"):
        plan_hash(replace(PLAN, **broken))


def test_a_plan_in_which_nothing_stands_over_has_the_json_it_always_had():
    line = PlanLine("AAPL", Side.BUY, D(1), "r", "s", D(0), D(1), 0.0, 0.0)
    plan = Plan("b", "a", date(2022, 12, 28), 1, datetime(2022, 12, 28, tzinfo=UTC), D(1), D(1), (line,))
    assert "standing_over" not in plan_to_json(plan)
    assert "standing_over" in plan_to_json(replace(plan, lines=(replace(line, standing_over=D(2)),)))
