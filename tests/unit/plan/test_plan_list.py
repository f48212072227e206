"""The list of a plan: what a person reads of every trade and non-trade, and what a program parses."""

import csv
import io
import json
import math
import re
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plan_desk import plan_for
from rich.console import Console

from flows.commands.plan_shown import show_plan
from optimizer.problem import BindingLimit, RiskFactors
from tasks.model.plan import CostEstimate, Finding, Plan, Severity
from tasks.plan.plan_list import (
    BindingLimitRow,
    CashRow,
    PlanList,
    PlanRow,
    PlanTotals,
    RiskFigure,
    as_plain,
    plan_list,
)
from tasks.plan.plan_risk import risk_figures
from tasks.plan.plan_words import as_csv, cells, notes, plan_artifact
from tasks.targets.binding_words import limit_row

D = Decimal
DOCUMENT = (Path(__file__).parents[3] / "docs" / "plan.md").read_text(encoding="utf-8")
WEIGHT = BindingLimit("max_weight", "MSFT", 0.5, 0.5, 0.12)
SCORE = BindingLimit("esg", "portfolio", 61.0, 61.0, 0.0002)


def half_and_half() -> Plan:
    """300 AAPL at 100 USD and 10,000 USD of cash; AAPL to one half, MSFT from nothing to one half less the cash."""
    prices = {"AAPL": 100, "MSFT": 50, "KO": 40}
    return plan_for({"AAPL": 0.5, "MSFT": 0.25, "KO": 0.0}, prices=prices, held={"AAPL": 300}, cash=10_000)


def listed(plan: Plan | None = None) -> PlanList:
    risk = [{"name": "volatility", "before_pct": 20.0, "after_pct": 15.0, "target_pct": 15.1}]
    limits = [limit_row(WEIGHT), limit_row(SCORE)]
    return plan_list(plan or half_and_half(), risk, limits, "AAPL is over its band")


def row(symbol: str, of: PlanList) -> PlanRow:
    (found,) = [line for line in of.lines if line.symbol == symbol]
    return found


def test_every_line_says_what_moves_where_the_weight_ends_and_what_it_costs() -> None:
    plan = half_and_half()
    sold, [line] = row("AAPL", listed(plan)), [line for line in plan.lines if line.symbol == "AAPL"]
    assert (sold.kind, sold.side, sold.shares, sold.notional_usd) == ("trade", "SELL", D(100), D(10_000))
    assert (sold.weight_before_pct, sold.weight_after_pct, sold.weight_target_pct) == (75.0, 50.0, 50.0)
    assert line.estimate is not None
    assert sold.cost_usd == pytest.approx(line.estimate.total_usd, abs=0.005)
    assert sold.cost_bps == pytest.approx(line.estimate.total_usd / 10_000 * 1e4, abs=1e-3)


def test_a_line_that_is_not_traded_is_in_the_list_with_its_reason() -> None:
    left = row("KO", listed())
    assert (left.kind, left.side, left.shares, left.cost_usd) == ("non_trade", None, D(0), None)
    assert left.reason == "at_target"
    assert left.weight_after_pct == left.weight_before_pct == 0.0


def test_weights_after_the_plan_and_cash_add_up_to_the_whole_book_less_the_cost() -> None:
    plan = listed()
    invested = sum(line.weight_after_pct for line in plan.lines)
    cost_pct = plan.totals.cost_usd / float(plan.nav_usd) * 100
    assert invested + plan.cash.weight_after_pct == pytest.approx(100 - cost_pct, abs=1e-4)
    assert plan.cash.usd_before == D(10_000)


def test_a_line_that_cannot_move_is_printed_once_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    """AMZN wants 1.1 % of 40,000 USD, less than half a share at 1,000: its own line says so, whoever points at it."""
    plan = plan_for({"AMZN": 0.011}, prices={"AMZN": 1_000}, held={}, cash=40_000)
    (amzn,) = plan.lines
    assert amzn.sentence.endswith("(give it a target that whole shares can meet)")
    why = "every weight that can move is inside its band; AMZN cannot move and moves nothing else (the plan says why)"
    listed = plan_list(plan, why=why)
    for width in (80, 100, 400):
        show_plan(Console(width=width), listed)
        printed = " ".join(capsys.readouterr().out.split())
        assert printed.count("give it a target that whole shares can meet") == 1, width
    assert notes(listed)[0] == f"nothing is traded: {why}"
    artifact = plan_artifact(listed, "steelyard plan")
    assert artifact.words.count(amzn.sentence) == 1
    assert [row["why"] for row in artifact.rows if row["symbol"] == "AMZN"] == ["said above"]


def test_totals_are_those_of_the_lines() -> None:
    plan = listed()
    trades = [line for line in plan.lines if line.kind == "trade"]
    assert plan.totals.trades == len(trades) == 2
    assert plan.totals.sell_usd + plan.totals.buy_usd == sum(line.notional_usd for line in trades)
    assert plan.totals.turnover_pct == pytest.approx(50.0)


def test_the_forecast_cost_is_the_sum_of_the_cents_that_the_lines_show() -> None:
    """Two lines of 1.004 USD show 1.00 each: together 2.00, not the 2.01 of the unrounded sum."""
    plan = half_and_half()
    costs = CostEstimate(spread_usd=1.004, impact_usd=0.0, fees_usd=0.0, model="given")
    given = listed(replace(plan, lines=tuple(replace(x, estimate=x.side and costs) for x in plan.lines)))
    assert [line.cost_usd for line in given.lines if line.kind == "trade"] == [1.0, 1.0]
    assert given.totals.cost_usd == 2.0
    bought, sold = given.totals.buy_usd, given.totals.sell_usd
    assert given.cash.usd_after == given.cash.usd_before + sold - bought - D("2.00")


def test_a_limit_is_told_with_what_a_point_of_it_is_worth_in_basis_points() -> None:
    """A dual of 0.12 a year per unit of weight is 0.0012 per point: 12 bps; of a score, 2 bps per unit."""
    weight, score = limit_row(WEIGHT), limit_row(SCORE)
    assert (weight["cost_bps"], score["cost_bps"]) == (12.0, 2.0)
    assert "max_weight MSFT binds: 50.00 % at its bound of 50.00 %; one point more" in weight["sentence"]
    assert "one unit less" in score["sentence"]


def test_risk_is_measured_on_the_shares_that_will_be_held_and_tracking_against_the_weights_followed() -> None:
    """Two uncorrelated symbols of 20 % and 10 % a year: 75 % and 0 % now, 50 % and 25 % then."""
    factors = RiskFactors(np.zeros((2, 1)), np.array([0.04, 0.01]))
    risk = risk_figures(half_and_half(), ("AAPL", "MSFT"), factors, {"AAPL": 0.5, "MSFT": 0.25})
    volatility, tracking = risk
    assert volatility["before_pct"] == pytest.approx(15.0)
    assert volatility["after_pct"] == pytest.approx(100 * math.hypot(0.5 * 0.2, 0.25 * 0.1), abs=0.01)
    assert tracking["before_pct"] == pytest.approx(100 * math.hypot(0.25 * 0.2, 0.25 * 0.1))
    assert tracking["after_pct"] == pytest.approx(0.0, abs=0.02)
    assert len(risk_figures(half_and_half(), ("AAPL", "MSFT"), factors, {})) == 1


def test_json_and_csv_hold_all_of_the_list() -> None:
    plan = listed()
    plain = json.loads(json.dumps(as_plain(plan)))
    assert [line["symbol"] for line in plain["lines"]] == [line.symbol for line in plan.lines]
    assert plain["lines"][0]["shares"] == "100"
    rows = list(csv.DictReader(io.StringIO(as_csv(plan))))
    assert [r["row"] for r in rows] == [
        *(line.kind for line in plan.lines), "cash", "total", "total", "total", "risk", "limit", "limit"
    ]  # fmt: skip
    assert rows[0]["notional_usd"] == "10000.00"
    assert rows[-2]["reason"] == "max_weight"
    assert rows[-3]["weight_after_pct"] == "15.0"


def test_a_plan_without_the_figures_of_later_versions_is_listed_all_the_same() -> None:
    plan = plan_list(half_and_half())
    assert (plan.risk, plan.limits) == ((), ())
    assert as_csv(plan)
    assert notes(plan)


def test_what_a_line_says_is_not_said_again_as_a_finding() -> None:
    plan = half_and_half()
    said = Finding(Severity.WARN, "participation", "KO", "KO: at its target of 0.00 %")
    other = Finding(Severity.WARN, "participation", "core", "volumes are unknown: KO")
    told = notes(listed(replace(plan, findings=(said, other))))
    assert other.message in told
    assert said.message not in told


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_list_fits_its_terminal_and_names_every_symbol(width: int) -> None:
    told = io.StringIO()
    show_plan(Console(file=told, width=width), listed())
    lines = told.getvalue().splitlines()
    assert max(len(line) for line in lines) <= width
    for symbol in ("AAPL", "MSFT", "KO", "cash"):
        assert any(line.split()[:1] == [symbol] for line in lines), symbol


def test_eighty_columns_are_enough_for_large_figures() -> None:
    """A sale of 123 million USD, no cell broken over two lines."""
    plan = plan_for({"BRK.A": 0.5}, prices={"BRK.A": "12345.67"}, held={"BRK.A": 20_000}, cash=0)
    told = io.StringIO()
    show_plan(Console(file=told, width=80), listed(plan))
    sold = next(line for line in told.getvalue().splitlines() if line.strip().startswith("BRK.A"))
    assert "123,456,700" in sold
    assert "toward target" in sold


def test_the_artifact_of_the_prefect_ui_shows_the_same_rows() -> None:
    artifact = plan_artifact(listed(), "steelyard plan core.yaml")
    assert list(artifact.rows) == cells(listed())
    assert list(artifact.rows[0])[:9][-1] == "reason", "what its page shows without scrolling"
    assert artifact.title == f"Plan {listed().plan_hash[:12]} of {listed().book} for {listed().session}"
    assert f"```\n{listed().plan_hash}\n```" in artifact.words
    assert "volatility a year: 20.00 % now, 15.00 % then" in artifact.words
    assert "max_weight MSFT" in artifact.words


@pytest.mark.parametrize("kind", [PlanList, PlanRow, CashRow, PlanTotals, RiskFigure, BindingLimitRow])
def test_every_field_of_the_list_is_documented(kind: Any) -> None:
    """The schema is a promise: a field without a line in docs/plan.md is not finished."""
    documented = set(re.findall(r"`([a-z_]+)`", DOCUMENT))
    assert {field.name for field in fields(kind)} <= documented
