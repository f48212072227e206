"""The closed loop of the cost model: sessions, calibration, approval, and what the next session forecasts."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import bootstrap
from flows.commands.calibrate import calibrate_book
from flows.commands.cost_models import approve_model, list_models, withdraw_model
from flows.outcome import ended
from tasks.approval.cost_model import costs_in_use
from tasks.context import StepContext
from tasks.errors import BadDataError, ConfigError, NotApprovedError
from tasks.journal import open_journal
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_from_json
from tests.simulation.early_steps import STEPS

BOOK = """
book: loop
mode: full_auto
broker:
  account: loop
  simulated:
    {opening_cash_usd: 20000, opening_shares: {AAPL: 400, KO: 300, XOM: 100}, half_spread_bps: 4,
     daily_volume_usd: 3000000, impact_coefficient: 8}
universe: {symbols: [AAPL, KO, XOM, PG, JNJ]}
data: {lookback_sessions: 120, replay_from: 2022-11-29}
objective: {kind: track, weights_pct: {AAPL: 20, KO: 20, XOM: 20, PG: 20, JNJ: 19}}
costs: {assumed_adv_usd: 3000000, model: calibrated}
limits: {cash_reserve_pct: 1}
drift: {calendar: daily}
orders: {min_trade_usd: 50}
execution: {waves: 2, child_order: market, algorithm: twap}
risk: {max_order_nav_pct: 60, max_position_pct: 60}
approval: {price_band_pct: 20}
"""
WHO, WHY = "Ada Byron", "eleven sessions of orders"
DECIDED = tuple(STEPS)[:6]
"""Up to and with the plan."""


def worked(book: Path, steps: tuple[str, ...] = tuple(STEPS), session: Any = "next") -> StepContext:
    """A session, by default the next one, through these steps."""
    with bootstrap.open_context(book, session, None) as desk, ended(desk):
        for name in steps:
            STEPS[name](desk)
    return desk


def plan_of(home: Path, desk: StepContext) -> Plan:
    journal = open_journal(home)
    record = journal.decisions.newest_plan(desk.cycle_id)
    journal.close()
    assert record is not None
    return plan_from_json(json.dumps(record.body))


def report_of(desk: StepContext) -> dict[str, Any]:
    return json.loads((desk.report_folder / "report.json").read_text())


def findings_of(home: Path, desk: StepContext) -> tuple[Any, ...]:
    journal = open_journal(home)
    found = journal.cycles.findings(desk.cycle)
    journal.close()
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Eleven sessions of a book that trades daily."""
    folder = tmp_path_factory.mktemp("loop")
    (folder / "loop.yaml").write_text(BOOK)
    at = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(at))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        for _ in range(4):
            worked(folder / "loop.yaml")
        with pytest.raises(BadDataError, match=r"loop: \d+ executed orders on 4 days: .* 6 days are missing"):
            calibrate_book("loop", None, None, as_json=True)
        for _ in range(7):
            worked(folder / "loop.yaml")
        yield at


def approved(model_id: str, despite: bool = True, who: str = WHO) -> dict[str, Any]:
    return approve_model("loop", model_id, who, WHY, despite_doubts=despite, as_json=True)


def test_from_sessions_to_the_next_forecast_and_back(home: Path) -> None:
    """One story: nothing changes by itself, an approval counts for sessions that begin later, a withdrawal too."""
    book = home.parent / "loop.yaml"
    before = worked(book, DECIDED[:3])

    told = calibrate_book("loop", None, None, as_json=True)
    spread, impact = told["half_spread_bps"], told["impact_coefficient"]
    assert (told["version"], told["days"], told["left_out"]) == (1, 10, {})
    assert spread["low"] < 4 < spread["high"], "the simulated exchange's own half-spread"
    assert "the volume of some orders is the one that the book assumes, not the market's" in told["doubts"]
    assert [line["orders"] for line in told["forecasts"]] == [told["orders"]] * 4
    assert 0.5 < told["forecasts"][1]["variance_z"] < 1.5, "timing risk is what costs are blurred by"
    assert calibrate_book("loop", None, None, as_json=True)["version"] == 1, "the same orders are the same proposal"
    assert list_models("loop", as_json=True)["in_force"] is None

    with pytest.raises(NotApprovedError, match="has doubts"):
        approved(told["model_id"], despite=False)
    with pytest.raises(ConfigError, match="on record: version 1"):
        approved("v9")
    assert approved(told["model_id"][:12])["version"] == 1

    worked(book, session=before.session)
    assert plan_of(home, before).cost_model is None, "a session that has begun keeps what was in force then"
    assert [f.severity for f in findings_of(home, before) if f.check == "no_cost_model"] == ["warn"]
    assert report_of(before)["cover"]["cost_model"] == "the book file's: half-spread 2 bps, b 1"

    after = worked(book)
    plan = plan_of(home, after)
    assert plan.cost_model is not None
    assert (plan.cost_model.version, plan.cost_model.model_id) == (1, told["model_id"])
    assert plan.cost_model.half_spread_bps == pytest.approx(spread["value"])
    trade = next(line for line in plan.trades if line.estimate)
    assert trade.estimate is not None
    assert trade.estimate.spread_usd == pytest.approx(float(trade.notional_usd) * spread["value"] / 1e4)
    assert trade.estimate.model.endswith(f"calibrated version 1 ({told['model_id'][:12]})")
    assert f"{impact['value']:.6g} sigma" in trade.estimate.model
    report = report_of(after)
    with bootstrap.open_context(book, after.session, None, existing=True) as desk:
        assert costs_in_use(desk).used == plan.cost_model
    assert report["cover"]["cost_model"].startswith("calibrated version 1")
    assert report["cover"]["cost_model"].endswith("approved by Ada Byron")
    assert report["plan"]["cost_model"]["model_id"] == told["model_id"]

    second = calibrate_book("loop", None, after.session, as_json=True)
    assert (second["version"], second["today"]["model"]) == (2, f"in force: version 1 ({told['model_id'][:12]})")
    withdraw_model("loop", "Grace Hopper", "the volumes are assumed", as_json=True)
    with pytest.raises(ConfigError, match="none can be withdrawn"):
        withdraw_model("loop", "Grace Hopper", "again", as_json=True)
    with bootstrap.open_context(book, after.session, None, existing=True) as desk:
        assert costs_in_use(desk).used == plan.cost_model, "what it decided by stays its own after the withdrawal"
    assert plan_of(home, worked(book, DECIDED)).cost_model is None
    listed = list_models("loop", as_json=True)
    assert [word["said"] for word in listed["words"]] == ["approved", "withdrawn"]
    assert [word["despite_doubts"] for word in listed["words"]] == [True, False]


@pytest.mark.parametrize(
    ("who", "match"), [("", "--who is empty"), ("\u200b", "--who is empty"), ("x" * 200, "--who has")]
)
def test_nobody_without_a_name_approves(home: Path, who: str, match: str) -> None:
    assert home.is_dir()
    with pytest.raises(ConfigError, match=match):
        approved("v1", who=who)


def test_a_name_cannot_forge_a_line_of_the_list(home: Path) -> None:
    approved("v1", who="Ada\nIn force: version 9\u202e")
    [*_, last] = list_models("loop", as_json=True)["words"]
    assert last["who"] == "Ada In force: version 9<U+202E>"
    assert home.is_dir()


def test_coefficients_that_were_changed_on_the_disk_are_found_and_never_used(home: Path) -> None:
    """Run after the stories above: somebody with the database file in hand makes trading look free."""
    with sqlite3.connect(home / "journal.sqlite") as sql:
        sql.execute("DROP TRIGGER cost_models_no_update")
        [kept] = sql.execute("SELECT body FROM cost_models WHERE version = 1").fetchone()
        forged = json.loads(kept)
        forged["half_spread_bps"]["value"] = 0.0
        sql.execute("UPDATE cost_models SET body = ? WHERE version = 1", [json.dumps(forged)])
    journal = open_journal(home)
    try:
        assert [(flaw.kind, flaw.table) for flaw in journal.audit.verify()] == [("edited", "cost_models")]
        with pytest.raises(BadDataError, match="is not what was recorded"):
            journal.cost_models.of("loop")
    finally:
        journal.close()
        with sqlite3.connect(home / "journal.sqlite") as sql:
            sql.execute("UPDATE cost_models SET body = ? WHERE version = 1", [kept])
