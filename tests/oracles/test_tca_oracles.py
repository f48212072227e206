"""Published and recomputed transaction-cost figures; ids, sources and tolerances stand in tca_oracles.json.

Elsewhere: the identity of all shortfall forms (a property, in tests/unit/tca); Almgren-Chriss, lots and
percentage-of-volume examples (the optimizer's, beside this file). Not claimed: a plain average of open, high, low and
close (no benchmark of ours).
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.errors import BadDataError
from tasks.model.market import MarketBar
from tasks.model.orders import Execution, Side
from tasks.tca import benchmarks, estimates, spreads
from tasks.tca.models import almgren, kissell, obizhaeva_wang, power_law, square_root, three_halves
from tasks.tca.shortfall import Convention, Shortfall, Trade, implementation_shortfall, paper_minus_actual
from tasks.tca.spreads import TouchedFill, split_trading
from tasks.tca.statistics import OUTLIER_Z, mean_absolute_bps, modified_z, orders_needed, ratio_of_sums

ORACLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "tca_oracles.json").read_text(), parse_float=Decimal, parse_int=Decimal
)
NOON = datetime(2022, 6, 15, 16, 0, tzinfo=UTC)


def of_kind(*kinds: str) -> Any:
    chosen = [oracle for oracle in ORACLES if oracle["kind"] in kinds]
    assert chosen, f"no oracle of kind {kinds}"
    return pytest.mark.parametrize("oracle", chosen, ids=[oracle["id"] for oracle in chosen])


def named(oracle_id: str) -> dict[str, Any]:
    return next(oracle for oracle in ORACLES if oracle["id"] == oracle_id)


def agree(oracle: dict[str, Any], found: dict[str, Any]) -> None:
    """Every expected figure was found, within the oracle's own tolerance."""
    assert found.keys() == oracle["expected"].keys()
    for name, expected in oracle["expected"].items():
        tolerance = oracle["tolerance"][name] if isinstance(oracle["tolerance"], dict) else oracle["tolerance"]
        assert float(found[name]) == pytest.approx(float(expected), abs=float(tolerance), rel=0), name


def trade_of(inputs: dict[str, Any]) -> Trade:
    return Trade(
        side=Side[inputs["side"].upper()],
        shares=inputs["qty"],
        decision_price=inputs["decision"],
        arrival_price=inputs["arrival"],
        end_price=inputs["end"],
        filled_shares=sum(f["qty"] for f in inputs["fills"]),
        filled_value_usd=sum(f["qty"] * f["price"] for f in inputs["fills"]),
        fees_usd=inputs["fees"],
    )


def figures(trade: Trade, whole: Shortfall, executed: Shortfall) -> dict[str, Any]:
    """Every name an oracle may use for a part; `execution` is trading measured from the decision."""
    from_decision = implementation_shortfall(
        Trade(
            trade.side,
            trade.shares,
            trade.decision_price,
            None,
            trade.end_price,
            trade.filled_shares,
            trade.filled_value_usd,
            trade.fees_usd,
        )
    )
    assert trade.end_price is not None
    delay = whole.delay_usd
    assert executed.total_usd == whole.total_usd == from_decision.total_usd
    return {
        "paper": trade.side.sign * trade.shares * (trade.end_price - trade.decision_price),
        "actual": trade.side.sign * (trade.filled_shares * trade.end_price - trade.filled_value_usd) - trade.fees_usd,
        "execution": from_decision.trading_usd,
        "opportunity": executed.opportunity_usd,
        "delay_order_basis": delay,
        "delay_executed_basis": executed.delay_usd,
        "delay_on_filled": executed.delay_usd,
        "delay_on_unfilled": None if delay is None or executed.delay_usd is None else delay - executed.delay_usd,
        "trading": whole.trading_usd,
        "opportunity_from_arrival": whole.opportunity_usd,
        "fees": whole.fees_usd,
        "total": whole.total_usd,
        "total_bps_of_order": whole.bps(whole.total_usd),
    }


@of_kind("is")
def test_a_published_shortfall_comes_out_with_all_its_parts(oracle):
    trade = trade_of(oracle["inputs"])
    whole = implementation_shortfall(trade, Convention.WHOLE_ORDER)
    executed = implementation_shortfall(trade, Convention.EXECUTED)
    found = figures(trade, whole, executed)
    agree(oracle, {name: found[name] for name in oracle["expected"]})
    assert trade.end_price is not None
    assert whole.total_usd == paper_minus_actual(trade, trade.end_price)


@of_kind("is_legacy")
def test_the_older_cfa_form_is_the_executed_convention_arriving_at_the_previous_close(oracle):
    inputs, (leg,) = oracle["inputs"], oracle["inputs"]["legs"]
    known = {"decision": inputs["benchmark"], "arrival": leg["prev_close"], "fills": [leg]}
    trade = trade_of(inputs | known)
    parts = implementation_shortfall(trade, Convention.EXECUTED)
    found = figures(trade, implementation_shortfall(trade), parts)
    percents = {
        "explicit_pct": parts.fees_usd,
        "realized_pct": parts.trading_usd,
        "delay_pct": parts.delay_usd,
        "missed_pct": parts.opportunity_usd,
        "total_pct": parts.total_usd,
    }
    found |= {name: (parts.bps(amount) or Decimal(0)) / 100 for name, amount in percents.items()}
    agree(oracle, {name: found[name] for name in oracle["expected"]})


@of_kind("johnson_parts")
def test_johnsons_split_of_the_trading_cost_adds_up(oracle):
    fills = [
        TouchedFill(f["qty"], f["price"], f["mid"], f["touch"], f["trend"]) for f in oracle["inputs"]["fills"]
    ]  # fmt: skip
    split = split_trading(Side.BUY, oracle["inputs"]["arrival"], fills)
    assert split.trend_usd is not None
    agree(
        oracle,
        {
            "spread": split.spread_usd,
            "impact": split.impact_usd,
            "trend": split.trend_usd,
            "timing_risk": split.timing_usd,
            "sum": split.spread_usd + split.impact_usd + split.trend_usd + split.timing_usd,
        },
    )


@of_kind("market_adjusted")
def test_the_market_adjusted_cost_subtracts_beta_times_the_index_cost_from_arrival(oracle):
    i = oracle["inputs"]
    cost = benchmarks.cost_bps(Side.BUY, i["avg"], i["arrival"])
    index_cost = benchmarks.cost_bps(Side.BUY, i["index_avg"], i["index_arrival"])
    assert cost is not None
    found = {
        "arrival_cost_bps": cost,
        "index_cost_bps": index_cost,
        "market_adjusted_bps": benchmarks.market_adjusted_bps(
            Side.BUY, cost, i["beta"], i["index_arrival"], i["index_avg"]
        ),
    }
    wrong = {"wrong_no_beta", "wrong_decision_price"}
    for answer in wrong:
        assert abs(found["market_adjusted_bps"] - oracle["expected"][answer]) > 1
    agree(oracle | {"expected": {k: v for k, v in oracle["expected"].items() if k not in wrong}}, found)


@of_kind("bench_rel_order")
def test_johnsons_table_is_our_slippage_with_the_sign_turned_over_the_order_notional(oracle):
    i = oracle["inputs"]
    found = {
        name: -benchmarks.slippage_usd(Side.BUY, i["filled_qty"], i["filled_value"], price)
        / i["order_notional"]
        * 10_000
        for name, price in i["benchmarks"].items()
    }
    agree(oracle, found)


@of_kind("bench_std")
def test_costs_against_benchmarks_are_positive_when_they_hurt(oracle):
    i = oracle["inputs"]
    average = i["filled_value"] / i["filled_qty"]
    agree(oracle, {name: benchmarks.cost_bps(Side.BUY, average, price) for name, price in i["benchmarks"].items()})


def bars(prices: list[Decimal], volumes: list[Decimal]) -> tuple[MarketBar, ...]:
    """One-minute bars, each all at one price."""
    starts = [NOON + timedelta(minutes=minute) for minute in range(len(prices))]
    return tuple(
        MarketBar("XYZ", at, at + timedelta(minutes=1), price, price, price, price, int(volume), price)
        for at, price, volume in zip(starts, prices, volumes, strict=True)
    )


@of_kind("vwap_hist")
def test_the_day_vwap_of_a_histogram(oracle):
    market = bars(oracle["inputs"]["prices"], oracle["inputs"]["sizes"])
    volume, price = benchmarks.market_volume(market), benchmarks.vwap(market)
    assert price is not None
    found = {"vwap": price, "total_size": volume, "total_value": price * volume}
    agree(oracle | {"expected": {k: v for k, v in oracle["expected"].items() if k != "ohlc"}}, found)


@of_kind("count_avg")
def test_a_print_a_minute_makes_the_twap_the_plain_average_of_prints(oracle):
    i = oracle["inputs"]
    prints = [price for price, count in zip(i["prices"], i["counts"], strict=True) for _ in range(int(count))]
    market = bars(prints, [Decimal(1)] * len(prints))
    agree(oracle, {"avg": benchmarks.twap(market), "n": len(market)})


@of_kind("rpm")
def test_relative_performance_by_volume_and_by_trades(oracle):
    i = oracle["inputs"]
    by_volume = benchmarks.relative_performance(Side.BUY, i["avg"], i["prices"], i["sizes"])
    by_trades = benchmarks.relative_performance(Side.BUY, i["avg"], i["prices"], i["counts"])
    mirrored = benchmarks.relative_performance(Side.SELL, i["avg"], i["prices"], i["sizes"])
    assert by_volume is not None
    assert by_trades is not None
    assert mirrored is not None
    found = {
        "rpm_volume": by_volume,
        "rpm_trades": by_trades,
        "rpm_avg": (by_volume + by_trades) / 2,
        "rpm_kissell_2013": (1 + by_volume - mirrored) / 2,
    }
    agree(oracle, found)


def test_the_price_that_beats_eighty_percent_for_a_seller_beats_twenty_for_a_buyer():
    """BM-12."""
    prices, volumes = [Decimal("30.9"), Decimal("31.1")], [Decimal(80), Decimal(20)]
    assert benchmarks.relative_performance(Side.SELL, Decimal(31), prices, volumes) == Decimal("0.8")
    buyer = benchmarks.relative_performance(Side.BUY, Decimal(31), prices, volumes)
    assert buyer == pytest.approx(named("BM-12-EDHEC-RPM")["expected"]["value"])


@of_kind("pwp")
def test_the_participation_weighted_price_cuts_the_last_print(oracle):
    i = oracle["inputs"]
    market = bars([price for _, price in i["prints"]], [volume for volume, _ in i["prints"]])
    price = benchmarks.participation_weighted_price(i["traded"], market, i["pov"])
    agree(oracle, {"pwp_shares": i["traded"] / i["pov"], "pwp": price})


@of_kind("exown")
def test_own_prints_flatter_the_vwap_cost_by_the_participation(oracle):
    i = oracle["inputs"]
    volume = i["own_qty"] + i["other_qty"]
    market_price = (i["own_qty"] * i["own_avg"] + i["other_qty"] * i["other_avg"]) / volume
    market = bars([market_price], [volume])
    own = [Execution("X1", "k", "XYZ", Side.BUY, i["own_qty"], i["own_avg"], Decimal(0), NOON, "main")]
    agree(
        oracle,
        {
            "p": benchmarks.participation(i["own_qty"], market),
            "vwap_mkt": benchmarks.vwap(market),
            "cost_vs_mkt_bps": benchmarks.cost_bps(Side.BUY, i["own_avg"], benchmarks.vwap(market)),
            "cost_vs_exown_bps": benchmarks.cost_bps(Side.BUY, i["own_avg"], benchmarks.vwap_of_others(market, own)),
        },
    )


@of_kind("spreads")
def test_effective_realized_and_impact_of_two_fills(oracle):
    i = oracle["inputs"]
    bid, ask, mid = i["bid"], i["ask"], (i["bid"] + i["ask"]) / 2
    first, second = (spreads.effective_spread(Side.BUY, i[name], mid) for name in ("price", "price2"))
    improvement = spreads.price_improvement(Side.BUY, i["price2"], bid, ask)
    agree(
        oracle,
        {
            "effective": first,
            "effective_bps": first / mid * 10_000,
            "price_improvement": spreads.price_improvement(Side.BUY, i["price"], bid, ask),
            "realized": spreads.realized_spread(Side.BUY, i["price"], i["mid_after"]),
            "price_impact": spreads.price_impact(Side.BUY, mid, i["mid_after"]),
            "effective2": second,
            "price_improvement2": improvement,
            "price_improvement2_usd": improvement * i["qty2"],
            "e_over_q": first / (ask - bid),
            "e_over_q2": second / (ask - bid),
        },
    )


@of_kind("spread_capture")
def test_spread_capture_runs_from_the_far_to_the_near_touch(oracle):
    i = oracle["inputs"]
    found = [spreads.spread_capture(Side.BUY, price, i["bid"], i["ask"]) for price in i["prices"]]
    assert found == oracle["expected"]["capture"]


@of_kind("vwap_te")
def test_vwap_tracking_is_the_mean_absolute_cost(oracle):
    i = oracle["inputs"]
    costs = [benchmarks.cost_bps(Side.BUY, own, market) for market, own in zip(i["vwap"], i["replicated"], strict=True)]
    agree(oracle, {"te_bps": mean_absolute_bps([float(cost) for cost in costs if cost is not None])})


@of_kind("athl")
def test_almgren_2005_reproduces_its_worked_table(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    size, turnover = i["X"] / i["V"], i["Theta"] / i["V"]
    permanent = almgren.permanent_bps(i["sigma"], size, turnover)
    temporary = almgren.temporary_bps(i["sigma"], size, i["T"])
    agree(
        oracle,
        {
            "inv_turnover": turnover,
            "perm_norm": permanent / i["sigma"] / 1e4,
            "perm_bps": permanent,
            "temp_norm": temporary / i["sigma"] / 1e4,
            "temp_bps": temporary,
            "realized_bps": almgren.almgren_2005_bps(i["sigma"], size, turnover, i["T"]),
        },
    )


@of_kind("power_law")
def test_the_power_law_is_a_fraction_of_the_price_in_bps(oracle):
    found = [power_law.power_law_bps(float(ratio)) for ratio in oracle["inputs"]["ratios"]]
    assert found == pytest.approx([float(bps) for bps in oracle["expected"]["bps"]], abs=float(oracle["tolerance"]))


@of_kind("power_law_equivalent")
def test_the_power_law_is_the_temporary_impact_of_one_day_at_one_volatility(oracle):
    for size in map(float, oracle["inputs"]["share_of_adv"]):
        same = almgren.temporary_bps(float(oracle["expected"]["value"]), size, days=1.0)
        assert same == pytest.approx(power_law.power_law_bps(size), rel=1e-5)


@of_kind("sqrt_law")
def test_the_square_root_law_at_its_peak_and_on_average(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    found = {
        "peak_bps": square_root.square_root_peak_bps(i["sigma"], i["q"], i["Y"], i["delta"]),
        "average_bps": square_root.square_root_average_bps(i["sigma"], i["q"], i["Y"], i["delta"]),
    }
    agree(oracle, found)


@of_kind("istar")
def test_kissells_impact_and_timing_risk(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    model = kissell.IStar(i["a1"], i["a2"], i["a3"], i["a4"], i["b1"])
    found = {
        "istar_bps": model.instant_bps(i["size"], i["vol"]),
        "mi_bps": model.cost_bps(i["size"], i["vol"], i["pov"]),
        "temp_bps": model.temporary_bps(i["size"], i["vol"], i["pov"]),
        "perm_bps": model.permanent_bps(i["size"], i["vol"]),
        "timing_risk_bps": kissell.timing_risk_bps(i["vol"] / i["days"] ** 0.5, i["size"], i["pov"]),
    }
    agree(oracle, {name: found[name] for name in oracle["expected"]})


def test_i_star_refuses_parameters_outside_its_authors_bounds():
    with pytest.raises(BadDataError, match="temporary share"):
        kissell.IStar(708, 0.55, 0.71, 0.5, 0.5)


@of_kind("kg2003")
def test_a_cost_in_dollars_splits_into_what_waiting_spares_and_what_stays(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    whole = kissell.without_waiting(i["mi"], i["X"], i["adv"])
    eta = kissell.dissipation(i["X"], i["adv"])
    agree(oracle, {"eta": eta, "I": whole, "temporary": 0.95 * whole / eta, "permanent": 0.05 * whole})


@of_kind("cvx")
def test_the_optimizers_cost_in_basis_points_and_dollars(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    bps = three_halves.three_halves_bps(i["a"], i["sigma"], i["x"] / i["V"], i["b"])
    agree(oracle, {"bps": bps, "cost": bps / 1e4 * i["x"]})


@of_kind("ow")
def test_a_block_at_each_end_and_a_steady_rate_between(oracle):
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    found = obizhaeva_wang.cheapest_schedule(i["X"], i["rho"] * i["T"])
    agree(oracle, {"block": found.block_shares, "rate_total": found.steady_shares})


@of_kind("ow")
def test_no_other_schedule_costs_less_in_a_book_that_refills(oracle):
    """The quadratic program of ever finer trades: its optimum falls to the closed form from above."""
    i = {name: float(value) for name, value in oracle["inputs"].items()}
    price_per_share = 1e-6
    instants = np.linspace(0, i["T"], int(i["N"]) + 1)
    fades = price_per_share * np.exp(-i["rho"] * np.abs(instants[:, None] - instants[None, :]))
    trades = np.linalg.solve(fades, np.ones_like(instants))
    trades *= i["X"] / trades.sum()
    cheapest = obizhaeva_wang.cheapest_cost(i["X"], price_per_share, i["rho"] * i["T"])
    assert trades @ fades @ trades / 2 == pytest.approx(cheapest, rel=1e-3)
    assert trades[0] == pytest.approx(
        obizhaeva_wang.cheapest_schedule(i["X"], i["rho"] * i["T"]).block_shares, rel=0.02
    )


@of_kind("agg")
def test_a_books_bps_are_a_ratio_of_sums_not_a_mean_of_ratios(oracle):
    costs, notionals = ([float(v) for v in oracle["inputs"][name]] for name in ("costs", "notionals"))
    simple = sum(cost / size for cost, size in zip(costs, notionals, strict=True)) / len(costs) * 1e4
    agree(oracle, {"ratio_bps": ratio_of_sums(costs, notionals).mean_bps, "simple_mean_bps": simple})


@of_kind("modz")
def test_two_outliers_do_not_hide_each_other(oracle):
    scores = modified_z([float(x) for x in oracle["inputs"]["x"]])
    assert scores[-1] == pytest.approx(float(oracle["expected"]["mod_z_last"]), abs=float(oracle["tolerance"]))
    assert sum(abs(z or 0) > OUTLIER_Z for z in scores) == oracle["expected"]["flagged"]


def test_a_surprise_is_measured_in_timing_risks():
    """ST-02."""
    oracle = named("ST-02-KISSELL-Z")
    assert estimates.cost_z(60, 34.173657, 57.735027) == pytest.approx(float(oracle["expected"]["value"]), abs=1e-5)


def test_two_basis_points_in_thirty_of_noise_take_thousands_of_orders():
    """ST-03."""
    oracle = named("ST-03-SAMPLE-SIZE")
    assert orders_needed(30, 2) == pytest.approx(float(oracle["expected"]["value"]), abs=float(oracle["tolerance"]))


@of_kind("tint")
def test_equal_notionals_give_the_textbook_t_interval(oracle):
    sample = [float(x) for x in oracle["inputs"]["x"]]
    estimate = ratio_of_sums([x * 100 for x in sample], [1e6] * len(sample))
    agree(oracle, {"mean": estimate.mean_bps, "lo": estimate.low_bps, "hi": estimate.high_bps})


def test_every_oracle_of_the_file_is_claimed_by_a_test():
    by_kind = {o["kind"] for o in ORACLES} - {"simple_expr"}
    single = {o["id"] for o in ORACLES if o["kind"] == "simple_expr"}
    source = Path(__file__).read_text()
    assert all(f'of_kind("{kind}")' in source for kind in by_kind)
    assert all(f'"{oracle_id}"' in source or oracle_id[:5] in source for oracle_id in single)
