"""Suites, their findings, the halt, and the pages a person opens."""

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from quality_world import LOOKBACK, SESSION, SESSIONS, SYMBOLS, changed, clean_bars, times

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.errors import BadDataError
from tasks.model.orders import Side
from tasks.model.plan import Finding, PlanLine, Severity
from tasks.quality.checks import (
    CheckResult,
    check_plan,
    check_prices,
    check_targets,
    check_universe,
    halt_on,
    plan_frame,
)
from tasks.quality.data_docs import write_data_docs
from tasks.quality.expectations import Expectation, run_suite

BARS = clean_bars()
HALT, WARN = Severity.HALT, Severity.WARN


def judged(frame: pd.DataFrame, exclude: bool = False) -> CheckResult:
    quality = QualitySettings(exclude_bad_symbols=exclude)
    data = DataSettings(lookback_sessions=LOOKBACK)
    return check_prices(frame, SYMBOLS, SESSIONS, SESSION, quality, data, pd.DataFrame({"symbol": SYMBOLS}))


def said(findings: tuple[Finding, ...]) -> set[tuple[Severity, str, str | None]]:
    return {(one.severity, one.check, one.symbol) for one in findings}


def not_met(result: CheckResult, suite: str) -> set[str]:
    results = result.suites[suite]["results"]
    return {one["expectation_config"]["meta"]["check"] for one in results if not one["success"]}


def test_clean_bars_meet_every_suite():
    result = judged(BARS)
    assert result.passed
    assert result.findings == ()
    assert set(result.suites) == {"prices", "volumes", "histories"}
    assert all(suite["success"] for suite in result.suites.values())


def test_a_source_of_closes_alone_is_judged_without_volumes_or_ranges():
    result = judged(BARS.assign(open=np.nan, high=np.nan, low=np.nan, volume=np.nan))
    assert result.passed
    assert set(result.suites) == {"prices", "histories"}
    assert all(suite["success"] for suite in result.suites.values())


def test_the_suites_tell_the_same_story_as_the_rules():
    bars = changed(BARS, "AAA", [-10], close=times(0.5))
    bars = changed(bars, "BBB", [-3, -2, -1], volume=0.0)
    result = judged(bars[bars["session"].ne(SESSIONS[-20]) | bars["symbol"].ne("CCC")])
    assert not result.passed
    assert said(result.findings) >= {
        (HALT, "bad_print", "AAA"),
        (HALT, "zero_volume_run", "BBB"),
        (WARN, "missing_session", "CCC"),
    }
    assert not_met(result, "prices") == {"bad_print", "ohlc_inconsistent"}
    assert not_met(result, "volumes") == {"zero_volume", "zero_volume_run"}
    assert not_met(result, "histories") == {"missing_session", "blocking_finding"}


@pytest.mark.parametrize(
    "bars",
    [
        BARS,
        BARS[BARS["session"] != SESSIONS[-5]],
        BARS[BARS["symbol"] != "AAA"],
        BARS.head(0),
        changed(BARS, "AAA", [-5], close=-1.0),
        pd.concat([BARS, BARS.tail(1).assign(close=1.0)]),
        BARS.assign(session=BARS["session"] + pd.Timedelta(days=365)),
    ],
)
def test_the_verdict_of_the_suites_is_that_of_the_findings(bars):
    result = judged(bars)
    assert ("blocking_finding" in not_met(result, "histories")) is not result.passed
    assert result.passed is not any(one.severity is HALT for one in result.findings)


def test_a_bad_symbol_is_frozen_and_the_rest_goes_on_when_the_book_says_so():
    bars = changed(BARS, "AAA", [-10], close=times(0.5))
    result = judged(bars[bars["symbol"] != "BBB"], exclude=True)
    assert result.passed
    assert result.frozen_symbols == {"AAA": "bad_print", "BBB": "no_prices"}
    assert result.unusable == ("BBB",)
    frozen = {one.check: one for one in result.findings if "neither bought nor sold" in one.message}
    assert {check: (one.severity, one.symbol) for check, one in frozen.items()} == {
        "bad_print": (WARN, "AAA"),
        "no_prices": (WARN, "BBB"),
    }


def test_what_concerns_all_symbols_halts_even_then():
    result = judged(BARS[BARS["session"] != SESSIONS[-5]], exclude=True)
    assert not result.passed
    assert result.frozen_symbols == {}


def test_too_many_frozen_symbols_halt():
    bars = BARS
    for symbol in SYMBOLS[:4]:
        bars = changed(bars, symbol, [-5], close=-1.0)
    result = judged(bars, exclude=True)
    assert (HALT, "too_many_frozen", None) in said(result.findings)


def test_findings_that_halt_stop_once_with_ten_of_them_and_a_count():
    many = [Finding(HALT, "coverage", f"S{i}", f"S{i} is short.") for i in range(14)]
    many += [Finding(HALT, "bad_print", "LNT", "LNT is bad."), Finding(WARN, "stale_run", "X", "X is stale.")]
    with pytest.raises(BadDataError) as caught:
        halt_on(many)
    message = str(caught.value)
    assert message.startswith("15 findings stop this session, nothing was traded")
    assert message.count("\n - ") == 11
    assert "LNT is bad." in message
    assert "and 5 more: 5 coverage" in message
    assert "X is stale." not in message


def test_without_a_halting_finding_nothing_stops():
    assert halt_on([Finding(WARN, "stale_run", "X", "X is stale.")]) is None
    assert halt_on(()) is None


def test_a_universe_is_judged_on_what_it_knows():
    universe = pd.DataFrame(
        {"symbol": ["AAA", "BBB", "BBB"], "sector": ["Energy", None, "Energy"], "carbon_intensity": [1.0, -2.0, 3.0]}
    ).assign(esg_score=np.nan)
    result = check_universe(universe)
    assert said(result.findings) == {
        (HALT, "duplicated_symbol", "BBB"),
        (WARN, "missing_sector", "BBB"),
        (HALT, "carbon_intensity_range", "BBB"),
    }
    assert check_universe(pd.DataFrame({"symbol": ["AAA"], "sector": [None]})).passed


def weights(**by_symbol: float) -> pd.DataFrame:
    return pd.DataFrame({"symbol": list(by_symbol), "weight": list(by_symbol.values())})


def test_targets_within_their_bounds_pass_and_others_halt():
    assert check_targets(weights(AAA=0.6, BBB=0.4), SYMBOLS, net_bounds=(0.0, 1.0 + 1e-9)).passed
    assert said(check_targets(weights(AAA=0.7, BBB=0.4), SYMBOLS).findings) == {(HALT, "net_weight", None)}
    assert said(check_targets(weights(AAA=-0.1), SYMBOLS, (0.0, 0.5), (-1.0, 1.0)).findings) == {
        (HALT, "weight_range", "AAA")
    }
    assert (HALT, "missing_weight", "BBB") in said(check_targets(weights(AAA=0.1, BBB=np.nan), SYMBOLS).findings)
    assert (HALT, "unknown_symbol", "ZZZ") in said(check_targets(weights(ZZZ=0.1), SYMBOLS).findings)


def line(symbol: str = "AAA", side: Side | None = Side.BUY, shares: int = 5, **others: object) -> PlanLine:
    figures = {"current_weight": 0.1, "target_weight": 0.2, "reason": "toward_target", "decision_price": Decimal(10)}
    return PlanLine(
        symbol=symbol,
        side=side,
        shares=Decimal(shares),
        sentence="",
        holding_shares=Decimal(0),
        **{**figures, **others},
    )


def test_a_sound_plan_passes():
    assert check_plan(plan_frame([line(), line("BBB", None, 0, reason="inside_band")])).passed


@pytest.mark.parametrize(
    ("lines", "check", "severity"),
    [
        ([line(), line()], "duplicated_symbol", HALT),
        ([line(side=None)], "trade_without_side", HALT),
        ([line(shares=0)], "trade_without_side", HALT),
        ([line(shares=-1)], "share_range", HALT),
        ([line(reason="")], "missing_reason", HALT),
        ([line(decision_price=Decimal(0))], "impossible_price", HALT),
        ([line(side=Side.SELL)], "away_from_target", WARN),
    ],
)
def test_an_unsound_plan_does_not(lines, check, severity):
    assert (severity, check, "AAA") in said(check_plan(plan_frame(lines)).findings)


def test_what_cannot_be_judged_is_refused_not_passed():
    missing = Expectation("ExpectColumnValuesToNotBeNull", HALT, "x", "x", {"column": "nowhere"})
    with pytest.raises(BadDataError, match="could not be judged"):
        run_suite("broken", BARS, [missing], ["symbol"])


def test_the_pages_open_without_a_network_and_name_what_was_found(tmp_path):
    judged(changed(BARS, "AAA", [-10], close=times(0.5)))
    check_universe(pd.DataFrame({"symbol": ["AAA"]}))
    index = write_data_docs(tmp_path / "report" / "data_docs")
    pages = sorted(path.name for path in index.parent.glob("*.html"))
    assert pages == sorted({*pages, "index.html", "prices.html", "volumes.html", "histories.html", "universe.html"})
    for path in index.parent.glob("*.html"):
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|@import|url\(['\"]?http", path.read_text())
    text = index.read_text()
    assert f"AAA {SESSIONS[-10]:%Y-%m-%d}" in text
    for target in re.findall(r"href='([^']+)'", text):
        assert (index.parent / target).is_file()


def test_the_library_is_not_imported_before_it_is_needed():
    import subprocess
    import sys

    code = "import tasks.quality.checks, sys; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=".").returncode == 0
    assert date(2021, 6, 1) == SESSION
