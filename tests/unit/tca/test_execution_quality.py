"""Fill quality, scores, reversion and what was not traded: by hand on orders small enough for a pencil."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tca_desk import ARRIVED, CLOSE, OPEN, bar, fill, order, plan_for, report_inputs

from tasks.book.tca import TcaSettings
from tasks.model.orders import OrderState, Side
from tasks.tca.costs import measured
from tasks.tca.fill_quality import fill_quality
from tasks.tca.inputs import OrderRecord, SliceRecord
from tasks.tca.mark_outs import price_at, reversion_lines, reversions
from tasks.tca.not_traded import ROUNDED, STRUCK, UNFILLED, drag_lines
from tasks.tca.report import build_report
from tasks.tca.scorecard import execution_score

BARS = tuple(bar("ABC", minute, Decimal("10.00") + minute * Decimal("0.01"), 1000) for minute in range(60))
THRESHOLDS = TcaSettings().score_thresholds_bps


def child(key: str, shares: int, filled: int, state: OrderState, limit: str | None = None) -> SliceRecord:
    price = Decimal(limit) if limit else None
    return SliceRecord(key, ARRIVED, Decimal(shares), state, ARRIVED, Decimal(filled), price)


def two_kinds() -> OrderRecord:
    """A market child filled after 1 and 3 s, a limit child filled in part after 10 s, and a rejected one."""
    fills = (
        fill(1, 100, "10.20", key="m", at=ARRIVED + timedelta(seconds=1)),
        fill(2, 100, "10.30", key="m", at=ARRIVED + timedelta(seconds=3)),
        fill(3, 50, "10.10", key="l", at=ARRIVED + timedelta(seconds=10)),
    )
    slices = (
        child("m", 200, 200, OrderState.FILLED),
        child("l", 100, 50, OrderState.CANCELLED, "10.10"),
        child("r", 100, 0, OrderState.REJECTED, "10.10"),
        SliceRecord("withheld", ARRIVED, Decimal(100), OrderState.CANCELLED),
    )
    return order(Side.BUY, 500, fills=fills, slices=slices, arrival_price=Decimal("10.20"), market=BARS)


def test_children_are_told_apart_by_how_they_were_sent():
    market, limit, whole = fill_quality([two_kinds()])
    assert (market.kind, market.sent, market.in_full, market.in_part, market.unfilled) == ("market", 1, 1, 0, 0)
    assert (market.first_fill_s, market.complete_s) == (Decimal("1.000"), Decimal("3.000"))
    assert market.slippage_bps == Decimal("49.02"), "100 shares at 10 cents over 2,040 dollars"
    assert (limit.kind, limit.sent, limit.in_part, limit.unfilled) == ("limit", 2, 1, 1)
    assert (limit.rejected, limit.cancelled, limit.fill_pct) == (1, 1, Decimal("25.00"))
    assert limit.slippage_bps == Decimal("-98.04")
    assert (whole.kind, whole.sent, whole.fill_pct) == ("all", 3, Decimal("62.50")), "what never left is not counted"


def test_nothing_sent_has_no_quality():
    assert fill_quality([order(slices=(SliceRecord("w", ARRIVED, Decimal(5), OrderState.CANCELLED),))]) == ()


@pytest.mark.parametrize(
    ("bps", "score"),
    [(-3, 100), (0, 100), ("2.5", "92.5"), (5, 85), (10, "67.5"), (15, 50), ("32.5", 25), (50, 0), (400, 0)],
)
def test_the_score_is_straight_between_its_thresholds(bps, score):
    assert execution_score(Decimal(bps), THRESHOLDS) == Decimal(score)


@given(st.decimals(-100, 200, places=3), st.decimals(-100, 200, places=3))
def test_a_dearer_session_never_scores_better(one, other):
    dear, cheap = max(one, other), min(one, other)
    assert 0 <= execution_score(dear, THRESHOLDS) <= execution_score(cheap, THRESHOLDS) <= 100


def test_the_price_at_an_instant_is_of_the_last_bar_that_had_ended():
    assert price_at(BARS, OPEN + timedelta(minutes=10)) == Decimal("10.09")
    assert price_at(BARS, OPEN + timedelta(minutes=10, seconds=59)) == Decimal("10.09")
    assert price_at(BARS, OPEN) is None, "nothing had ended"
    assert price_at(BARS, OPEN + timedelta(minutes=61)) is None, "the session is over"
    assert price_at((), OPEN) is None


def test_a_price_that_comes_back_hurts_a_buyer_and_one_that_goes_on_hurts_nobody():
    bought = measured(order(Side.BUY, 100, fills=(fill(1, 100, "10.20"),), market=BARS))
    sold = measured(order(Side.SELL, 100, fills=(fill(1, 100, "10.20", Side.SELL),), market=BARS))
    at_five = next(one for one in reversions(bought) if one.minutes == 5)
    assert at_five.price == Decimal("10.09"), "5 minutes after 13:35"
    assert at_five.bps == Decimal("107.84")
    assert [one.bps for one in reversions(sold) if one.bps] == [-one.bps for one in reversions(bought) if one.bps]
    assert reversions(bought)[-1].bps is None, "an hour later there is no bar"


def test_reversion_over_orders_is_dollars_over_dollars():
    rows = [
        measured(order(Side.BUY, 100, fills=(fill(1, 100, "10.20"),), market=BARS)),
        measured(order(Side.BUY, 900, fills=(fill(1, 900, "10.00"),), market=BARS)),
    ]
    line = reversion_lines(rows)[0]
    back = (Decimal("10.20") - Decimal("10.05")) * 100 + (Decimal("10.00") - Decimal("10.05")) * 900
    assert (line.minutes, line.orders) == (1, 2)
    assert line.mean_bps == round(back / (1020 + 9000) * 10_000, 2)


def test_the_drag_of_every_cause_adds_up_to_the_whole_distance_from_the_targets():
    report = build_report(report_inputs(closing_prices={"MSFT": Decimal("253.00")}))
    *causes, total = report.not_traded
    assert total.cause == "total"
    assert sum(line.away_usd for line in causes) == total.away_usd
    assert sum(line.drag_usd for line in causes) == total.drag_usd
    assert {UNFILLED, ROUNDED, "inside_band"} <= {line.cause for line in causes}
    assert [line.away_usd for line in causes] == sorted((line.away_usd for line in causes), reverse=True)


def test_the_drag_of_one_line_with_a_pencil():
    """MSFT is held at 2,460 x 251.76 = 619,329.60 against a target of 6.05 % of 9,995,410.22."""
    plan = plan_for(())
    (line, total) = drag_lines(plan, (), {"MSFT": Decimal("264.348")})
    assert line.away_usd == Decimal("14607.28")
    assert line.drag_usd == Decimal("-730.36"), "5 % up, and held above its target"
    assert (total.drag_usd, total.without_price) == (line.drag_usd, 0)


def test_a_line_without_a_close_counts_in_the_distance_and_says_so():
    (line, _) = drag_lines(plan_for(()), (), {})
    assert (line.away_usd, line.drag_usd, line.without_price) == (Decimal("14607.28"), 0, 1)


def test_what_cash_cut_and_what_a_person_struck_is_no_rounding_and_no_missed_fill():
    plan = plan_for(())
    held = plan.lines[-1]
    bought = {"side": Side.BUY, "shares": Decimal(100), "holding_shares": Decimal(0)}
    cut = replace(held, symbol="CUT", reason="scaled_to_cash", **bought)
    whole = replace(held, symbol="WHOLE", reason="toward_target", **bought)
    struck = replace(held, symbol="STRUCK", reason="toward_target", **bought)
    done = [order(shares=100, symbol=name, fills=(fill(1, 100, "10", symbol=name),)) for name in ("CUT", "WHOLE")]
    lines = drag_lines(replace(plan, lines=(cut, whole, struck)), done, {}, struck={"STRUCK": "refused by Ada"})
    assert {line.cause for line in lines} == {"scaled_to_cash", ROUNDED, STRUCK, "total"}


def test_there_is_no_score_where_less_was_filled_than_is_asked():
    lines = {line.name: line for line in build_report(report_inputs((two_kinds(),))).scorecard}
    assert (lines["score"].actual, lines["score"].met) == (None, None)


def test_forecast_and_outcome_add_the_same_cents_as_the_table_of_orders():
    report = build_report(report_inputs())
    for line in report.orders:
        if line.estimate is not None:
            assert line.estimate.realised_usd == (line.costs.trading_usd or 0) + (line.costs.fees_usd or 0)


def test_a_line_at_its_target_drags_nothing():
    plan = plan_for(())
    exact = replace(plan.lines[-1], holding_shares=Decimal(0), target_weight=0.0)
    assert drag_lines(replace(plan, lines=(exact,)), (), {}) == ()


def test_targets_are_judged_only_where_there_is_a_figure():
    alone = order(Side.BUY, 500, fills=(), slices=(child("l", 500, 0, OrderState.CANCELLED, "10"),), end_price=None)
    lines = {line.name: line for line in build_report(report_inputs((replace(alone, session_close=None),))).scorecard}
    assert lines == {}, "an order without a total counts in nothing"
    lines = {line.name: line for line in build_report(report_inputs((two_kinds(),))).scorecard}
    assert (lines["fill rate"].actual, lines["fill rate"].met) == (Decimal("50.00"), False)
    assert (lines["time to fill, market orders"].actual, lines["time to fill, market orders"].met) == (1, True)
    assert lines["slippage, limit orders"].met is True
    assert lines["slippage, market orders"].met is False


def test_thresholds_that_do_not_rise_are_refused():
    with pytest.raises(ValidationError, match="must rise"):
        TcaSettings(score_thresholds_bps=(Decimal(15), Decimal(5), Decimal(50)))


def test_the_close_of_the_desk_is_the_sessions_end():
    assert price_at(order(market=BARS).market, CLOSE) is None
