"""A liquidation plan has one line for every position: to zero, or why not; and a window that ends before the close."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.approval import ApprovalSettings
from tasks.book.execution import ExecutionSettings
from tasks.errors import ConfigError
from tasks.liquidation.plan import LiquidationInputs, liquidation_plan
from tasks.liquidation.window import in_a_wide_band, window_from, worked_in
from tasks.model.cost_model import CostModelUsed
from tasks.model.orders import Side
from tasks.model.plan import CostEstimate, PlanLine
from tasks.model.plan_json import plan_from_json, plan_hash, plan_to_json
from tasks.orders.waves import waves_of

OPEN, CLOSE = datetime(2022, 12, 28, 14, 30, tzinfo=UTC), datetime(2022, 12, 28, 21, 0, tzinfo=UTC)
HELD = {"AAPL": Decimal(100), "XOM": Decimal(-30), "KO": Decimal(0)}
INPUTS = LiquidationInputs(
    book="demo",
    account="main",
    session=date(2022, 12, 28),
    revision=1,
    decided_at=OPEN,
    cash_usd=Decimal(5_000),
    positions=HELD,
    prices={"AAPL": Decimal(100), "XOM": Decimal(50)},
    symbols=(),
    who="Ada Byron",
    because="mandate ended",
    share_step=Decimal(1),
    children=13,
    estimate=lambda order: CostEstimate(1.0, 0.0, float(order.shares) / 100, "flat"),
)


def line_of(symbol: str, **changes: object) -> PlanLine:
    plan = liquidation_plan(replace(INPUTS, **changes))  # type: ignore[arg-type]
    return next(line for line in plan.lines if line.symbol == symbol)


def test_longs_are_sold_and_shorts_bought_back_to_zero() -> None:
    plan = liquidation_plan(INPUTS)
    assert [(t.symbol, t.side, t.shares) for t in plan.trades] == [("AAPL", Side.SELL, 100), ("XOM", Side.BUY, 30)]
    assert {t.reason for t in plan.trades} == {"liquidation"}
    assert plan.nav_usd == 5_000 + 10_000 - 1_500
    assert [line.target_weight for line in plan.lines] == [0.0, 0.0]


@given(st.dictionaries(st.sampled_from("ABCDEFG"), st.decimals(-999, 999, places=3)))
def test_no_trade_ever_crosses_zero(positions: dict[str, Decimal]) -> None:
    """After every trade what is left has the old sign, and is smaller than one tradable share."""
    prices = dict.fromkeys(positions, Decimal(10))
    plan = liquidation_plan(replace(INPUTS, positions=positions, prices=prices, cash_usd=Decimal(10**6)))
    for trade in plan.trades:
        assert trade.side is not None
        left = positions[trade.symbol] + trade.side.sign * trade.shares
        assert left * positions[trade.symbol] >= 0
        assert abs(left) < 1


def test_only_what_was_named_is_closed() -> None:
    assert line_of("XOM", symbols=("AAPL",)).reason == "not_named"
    assert line_of("AAPL", symbols=("AAPL",)).reason == "liquidation"


def test_a_position_without_a_quote_stays_and_says_what_to_do() -> None:
    line = line_of("AAPL", prices={"XOM": Decimal(50)})
    assert (line.side, line.shares, line.reason) == (None, 0, "no_price")
    assert "by hand" in line.sentence


def test_what_a_person_wrote_off_is_not_sold_until_that_is_taken_back() -> None:
    line = line_of("AAPL", written_off={"AAPL": "AAPL: written off by Ada"})
    assert (line.side, line.reason, line.sentence) == (None, "written_off", "AAPL: written off by Ada")


def test_nothing_moves_in_a_symbol_with_an_order_of_unknown_fate() -> None:
    line = line_of("AAPL", in_doubt={"AAPL": "AAPL: nobody knows yet what became of k1"})
    assert (line.side, line.reason) == (None, "in_doubt")
    assert "k1" in line.sentence


def test_a_break_does_not_keep_a_position_from_being_closed() -> None:
    line = line_of("AAPL", locked={"AAPL": "the broker has 100 shares, our ledger 90"})
    assert (line.side, line.shares) == (Side.SELL, 100)
    assert "our ledger 90" in line.sentence


def test_a_fraction_that_cannot_be_traded_is_said() -> None:
    line = line_of("AAPL", positions={"AAPL": Decimal("10.4")})
    assert line.shares == 10
    assert "0.4" in line.sentence
    assert line_of("AAPL", positions={"AAPL": Decimal("0.4")}).reason == "below_share_step"


def test_name_and_reason_are_part_of_what_is_approved() -> None:
    assert plan_hash(liquidation_plan(INPUTS)) != plan_hash(liquidation_plan(replace(INPUTS, because="panic")))


def test_a_book_without_positions_has_an_empty_plan() -> None:
    assert liquidation_plan(replace(INPUTS, positions={})).lines == ()


# --- the window ---


def test_before_the_open_the_usual_window_is_kept() -> None:
    usual = ExecutionSettings()
    window = window_from(OPEN - timedelta(minutes=30), (OPEN, CLOSE), usual)
    assert (window.start_after_open_min, window.stop_before_close_min, window.waves) == (5, 10, 13)


def test_in_the_middle_of_the_day_the_waves_are_spread_over_what_is_left() -> None:
    """At 17:45:30 UTC 184 of 375 minutes are left: 6 of 13 waves, the first of them not in the past."""
    now = OPEN + timedelta(minutes=195, seconds=30)
    window = window_from(now, (OPEN, CLOSE), ExecutionSettings())
    assert (window.start_after_open_min, window.waves) == (196, 6)
    waves = waves_of((OPEN, CLOSE), worked_in(window, ExecutionSettings()))
    assert now <= waves[1].at == OPEN + timedelta(minutes=196)
    assert waves[-2].until == CLOSE


def test_near_the_close_the_last_minutes_are_used() -> None:
    window = window_from(CLOSE - timedelta(minutes=4), (OPEN, CLOSE), ExecutionSettings())
    assert (window.start_after_open_min, window.stop_before_close_min, window.waves) == (386, 1, 1)


@pytest.mark.parametrize("late", [timedelta(minutes=-1), timedelta(0), timedelta(hours=1)])
def test_after_the_last_minute_the_next_session_is_named(late: timedelta) -> None:
    with pytest.raises(ConfigError, match="next session"):
        window_from(CLOSE + late, (OPEN, CLOSE), ExecutionSettings())


def test_a_liquidation_leaves_nothing_over_and_its_band_is_wide() -> None:
    worked = worked_in(window_from(OPEN, (OPEN, CLOSE), ExecutionSettings()), ExecutionSettings(leftover="cancel"))
    assert worked.leftover == "sweep"
    assert in_a_wide_band(ApprovalSettings(price_band_pct=5)).price_band_pct == 50


def test_the_plan_says_by_which_calibrated_version_it_was_forecast_and_its_hash_covers_it() -> None:
    version = CostModelUsed("a" * 64, 2, 1.9, 0.6, "Ada Byron")
    plain, named = liquidation_plan(INPUTS), liquidation_plan(replace(INPUTS, cost_model=version))
    assert (plain.cost_model, named.cost_model) == (None, version)
    other = replace(named, cost_model=replace(version, impact_coefficient=0.7))
    assert len({plan_hash(plan) for plan in (plain, named, other)}) == 3
    assert plan_from_json(plan_to_json(named)) == named
    assert "cost_model" not in plan_to_json(plain), "plans that were hashed before keep their hash"
