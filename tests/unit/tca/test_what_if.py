"""A replay under another algorithm gives that algorithm's own benchmark, a band, and no claim of what was not seen."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tca_desk import ARRIVED, CLOSE, NAMES, OPEN, order, report_inputs, worked_order

from optimizer.slicing.buckets import Bucket
from optimizer.slicing.curves import curve_on_buckets, u_shaped_curve
from tasks.model.market import MarketBar
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import CostEstimate
from tasks.tca import benchmarks
from tasks.tca.inputs import OrderRecord
from tasks.tca.report import build_report
from tasks.tca.what_if import Alternative, Replay, replays_of
from tasks.tca.what_if_summary import what_if
from tasks.tca.write import write_report

D = Decimal
MINUTE = timedelta(minutes=1)
WINDOWS = tuple((OPEN + n * 10 * MINUTE, OPEN + (n + 1) * 10 * MINUTE) for n in range(38))
"""Ten minutes each, from the open to ten minutes before the close."""
FREE = CostEstimate(0.0, 0.0, 0.0, "nothing")


def market(volume_of=lambda _n: 1_000_000) -> tuple[MarketBar, ...]:
    """One bar a window whose price climbs a cent each, two cents wide on either side, and a closing print at 12."""
    bars = [
        MarketBar("ABC", a, b, p, p + D("0.02"), p - D("0.02"), p, volume_of(n), p)
        for n, (a, b) in enumerate(WINDOWS)
        for p in [D("10.20") + n * D("0.01")]
    ]
    shut = MarketBar("ABC", CLOSE, CLOSE, D(12), D(12), D(12), D(12), 500_000, D(12), "close")
    return (*bars, shut)


def an_order(**known) -> OrderRecord:
    facts = {"arrival_at": OPEN, "market": market(), "estimate": FREE, "shares": D(3800)}
    return order(**(facts | known))


def replayed(one: OrderRecord, participation: float = 0.1) -> dict[Alternative, Replay]:
    return {replay.alternative: replay for replay in replays_of(one, WINDOWS, participation)}


def average(replay: Replay, one: OrderRecord) -> Decimal:
    assert one.arrival_price
    return one.arrival_price + replay.market_usd / one.shares * one.side.sign


def test_twap_gives_the_twap_of_the_session():
    one = an_order()
    assert average(replayed(one)[Alternative.TWAP], one) == pytest.approx(
        benchmarks.twap(one.market[:-1]), abs=D("1e-6")
    )


def test_vwap_gives_the_vwap_of_a_session_whose_volume_is_as_expected():
    buckets = [Bucket(n + 1, a, b) for n, (a, b) in enumerate(WINDOWS)]
    curve = curve_on_buckets(u_shaped_curve(78), OPEN, CLOSE, buckets)
    one = an_order(shares=D(3_800_000), market=market(lambda n: round(curve[n] * 1e10)))
    found = average(replayed(one)[Alternative.VWAP], one)
    assert found == pytest.approx(benchmarks.vwap(one.market[:-1]), abs=D("1e-5"))
    flat = replayed(replace(one, market=market()))[Alternative.VWAP]
    assert average(flat, one) != pytest.approx(benchmarks.vwap(market()[:-1]), abs=D("1e-5"))


def test_what_was_planned_gives_its_own_slices_prices():
    one = an_order(schedule=((OPEN, D(1800)), (OPEN + 100 * MINUTE, D(2000))))
    assert replayed(one)[Alternative.AS_PLANNED].market_usd == 2000 * D("0.10")


def test_the_replay_of_the_algorithm_really_used_is_what_was_planned():
    one = an_order(schedule=tuple((opens, D(100)) for opens, _ in WINDOWS), algorithm=Algorithm.TWAP)
    found = replayed(one)
    assert found[Alternative.AS_PLANNED].cost_usd == found[Alternative.TWAP].cost_usd


def test_on_arrival_pays_the_first_bar_and_the_close_pays_the_auction():
    found = replayed(an_order())
    assert found[Alternative.ON_ARRIVAL].market_usd == 0
    assert found[Alternative.CLOSE].cost_usd == 3800 * D("1.80")
    assert found[Alternative.CLOSE].low_bps == found[Alternative.CLOSE].high_bps == found[Alternative.CLOSE].cost_bps


def test_the_band_is_low_and_high_of_the_bars():
    found = replayed(an_order())[Alternative.ON_ARRIVAL]
    assert (found.low_bps, found.cost_bps, found.high_bps) == (D("-19.61"), D("0.00"), D("19.61")), "2 cents of 10.20"


def test_a_sale_mirrors_a_purchase():
    buy, sell = replayed(an_order())[Alternative.TWAP], replayed(an_order(side=Side.SELL))[Alternative.TWAP]
    assert sell.market_usd == -buy.market_usd
    assert (sell.low_bps, sell.high_bps) == (-buy.high_bps, -buy.low_bps)


def test_pov_waits_for_volume_and_what_it_does_not_finish_is_valued_at_the_end():
    """A ninth of what others traded in the windows before: 111 of 1,000, and no window before the first."""
    one = an_order(market=market(lambda _n: 1000), shares=D(10_000))
    found = replayed(one)[Alternative.POV]
    assert found.filled_pct == D("41.11"), "floor(37 x 1,000 / 9) = 4,111 shares"
    assert replayed(an_order())[Alternative.POV].filled_pct == 100
    rest = (10_000 - 4111) * D("1.80")
    assert found.market_usd > rest, "the rest is not forgotten"


def test_spread_and_impact_are_the_forecasts_and_smaller_in_slices():
    one = an_order(
        estimate=CostEstimate(38.0, 100.0, 5.0, "3/2"), schedule=((OPEN, D(1900)), (OPEN + 10 * MINUTE, D(1900)))
    )
    found = replayed(one)
    assert (found[Alternative.ON_ARRIVAL].spread_usd, found[Alternative.ON_ARRIVAL].impact_usd) == (38, 100)
    assert found[Alternative.AS_PLANNED].impact_usd == D("70.71"), "two halves: 100 / sqrt(2)"
    assert found[Alternative.CLOSE].spread_usd == 0, "an auction has no spread"
    assert found[Alternative.CLOSE].impact_usd == 100


def test_an_order_for_the_opening_auction_has_its_print():
    at = OPEN - 15 * MINUTE
    opened = MarketBar("ABC", OPEN, OPEN, D(9), D(9), D(9), D(9), 1000, D(9), "open")
    one = an_order(algorithm=Algorithm.AT_OPEN, schedule=((at, D(3800)),), market=(opened, *market()))
    assert replayed(one)[Alternative.AS_PLANNED].market_usd == 3800 * D("-1.20")


@pytest.mark.parametrize("unknown", [{"arrival_at": None}, {"arrival_price": None}, {"estimate": None}, {"market": ()}])
def test_what_cannot_be_replayed_is_counted_and_not_guessed(unknown):
    assert replays_of(an_order(**unknown), WINDOWS, 0.1) == []
    assert what_if([an_order(**unknown)], WINDOWS, 0.1) is None
    found = what_if([an_order(schedule=((OPEN, D(3800)),)), an_order(**unknown)], WINDOWS, 0.1)
    assert found is not None
    assert found.left_out == 1


def test_an_order_that_arrives_late_has_only_what_came_after():
    late = OPEN + 205 * MINUTE
    found = replayed(an_order(arrival_at=late))
    assert found[Alternative.ON_ARRIVAL].market_usd == 3800 * D("0.20"), "the bar of 200 to 210 minutes"


def test_totals_are_ratios_of_sums_and_against_the_plan_replayed():
    small = an_order(order_id="s", schedule=((OPEN, D(3800)),))
    large = an_order(order_id="l", shares=D(38_000), schedule=((OPEN, D(38_000)),))
    found = what_if([small, large], WINDOWS, 0.1)
    assert found is not None
    close = next(total for total in found.totals if total.alternative is Alternative.CLOSE)
    assert close.cost_usd == close.difference_usd == 41_800 * D("1.80")
    assert close.cost_bps == D("1764.71")
    assert "close $75,240.00 more on 2 orders" in found.sentence
    assert "modelled, not seen" in found.sentence


def test_the_sessions_report_has_the_section_and_every_replay_as_json_and_csv(tmp_path: Path):
    windows = tuple((ARRIVED + n * 29 * MINUTE, ARRIVED + (n + 1) * 29 * MINUTE) for n in range(13))
    inputs = report_inputs(tuple(worked_order(*name) for name in NAMES), trading_windows=windows)
    files = write_report(build_report(inputs), tmp_path)
    page = files.html.read_text()
    assert "What if: the same orders under other algorithms, simulated" in page
    replays = json.loads(files.json.read_text())["what_if"]["replays"]
    assert {one["label"] for one in replays} == {"simulated, never traded"}
    rows = (tmp_path / "what_if.csv").read_text().splitlines()
    assert len(rows) == len(replays) + 1
    assert rows[0].startswith("order_id,symbol,side,algorithm,alternative,")
