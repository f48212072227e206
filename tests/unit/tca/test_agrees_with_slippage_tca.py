"""Our measures against slippage-tca, written by others, on a thousand orders of a seeded generator.

It counts in floats, we in Decimals. A positive cost hurts a buy and a sell alike in both, so no sign is turned; its
shortfall in bps is of the paper notional Q Pd and its slippage of the benchmark's price, as ours are. Where a
definition differs on purpose, the test says by how much.
"""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

import pytest
import slippage
from slippage import Bar, BarSeries, Benchmark, DelayBasis, Fill, Order, ValidationError
from slippage.report import build_report
from tca_desk import DECIDED, OPEN, fill, order

from tasks.model.market import MarketBar
from tasks.model.orders import Execution, Side
from tasks.tca.benchmarks import (
    bars_touched,
    cost_bps,
    market_volume,
    participation,
    slippage_usd,
    twap,
    vwap,
    vwap_of_others,
)
from tasks.tca.costs import BPS_UNIT, added, measured
from tasks.tca.shortfall import Convention, Shortfall, Trade, implementation_shortfall

ORDERS = 1000
MINUTES = 30
MINUTE = timedelta(minutes=1)
BASES = {Convention.WHOLE_ORDER: DelayBasis.ORDER, Convention.EXECUTED: DelayBasis.EXECUTED}
both_conventions = pytest.mark.parametrize("convention", Convention)


def agrees(theirs: float) -> object:
    """Equal within floating point."""
    return pytest.approx(theirs, rel=1e-9, abs=1e-12)


@dataclass(frozen=True)
class Case:
    """One order in one market; it arrives as a bar starts, and no fill falls on a bar's edge."""

    side: Side
    shares: Decimal
    decision: Decimal
    arrival: Decimal
    end: Decimal
    arrives: int
    """The minute."""
    fills: tuple[Execution, ...]
    market: tuple[MarketBar, ...]

    @property
    def value(self) -> Decimal:
        return sum((one.shares * one.price for one in self.fills), Decimal(0))

    @property
    def filled(self) -> Decimal:
        return sum((one.shares for one in self.fills), Decimal(0))

    @property
    def average(self) -> Decimal:
        return self.value / self.filled

    @property
    def touched(self) -> tuple[MarketBar, ...]:
        return bars_touched(self.market, OPEN + self.arrives * MINUTE, self.fills[-1].at)

    @property
    def trade(self) -> Trade:
        fees = sum((one.fee for one in self.fills), Decimal(0))
        return Trade(self.side, self.shares, self.decision, self.arrival, self.end, self.filled, self.value, fees)

    @property
    def theirs(self) -> Order:
        fills = tuple(Fill(one.at, float(one.shares), float(one.price), float(one.fee)) for one in self.fills)
        arrives = OPEN + self.arrives * MINUTE
        return Order("ABC", their_side(self.side), float(self.shares), DECIDED, arrives, fills, float(self.decision))

    @property
    def series(self) -> BarSeries:
        return BarSeries(map(their_bar, self.market))

    def their_shortfall(self, basis: DelayBasis) -> slippage.ShortfallBreakdown:
        prices = {"arrival_price": float(self.arrival), "final_price": float(self.end)}
        return slippage.implementation_shortfall(self.theirs, **prices, delay_basis=basis)


def their_bar(one: MarketBar) -> Bar:
    return Bar(one.start, float(one.open), float(one.high), float(one.low), float(one.close), one.volume)


def their_side(side: Side) -> slippage.Side:
    return slippage.Side.BUY if side is Side.BUY else slippage.Side.SELL


def _near(rng: random.Random, price: float, spread: float) -> Decimal:
    return Decimal(f"{price * (1 + rng.uniform(-spread, spread)):.4f}")


def _bars(rng: random.Random, price: float) -> tuple[MarketBar, ...]:
    return tuple(_bar(rng, price, minute) for minute in range(MINUTES))


def _bar(rng: random.Random, price: float, minute: int) -> MarketBar:
    low, *inside, high = sorted(_near(rng, price, 0.01) for _ in range(4))
    opened, closed = rng.sample(inside, 2)
    start, typical = OPEN + minute * MINUTE, (high + low + closed) / 3
    return MarketBar("ABC", start, start + MINUTE, opened, high, low, closed, rng.randint(50_000, 90_000), typical)


def _case(rng: random.Random) -> Case:
    """Up to 5 fills; one order in four is filled whole."""
    price, side, arrives = 10 ** rng.uniform(0, 3), rng.choice(list(Side)), rng.randrange(MINUTES)
    seconds = sorted(rng.choice(range(1, 60)) + 60 * rng.randrange(arrives, MINUTES) for _ in range(rng.randint(1, 5)))
    fills = tuple(
        fill(
            n,
            rng.randint(1, 9_000),
            _near(rng, price, 0.01),
            side,
            fee=_near(rng, 5, 1),
            at=OPEN + second * MINUTE / 60,
        )
        for n, second in enumerate(seconds)
    )
    left = rng.choice([0, *(rng.randint(1, 50_000) for _ in range(3))])
    shares = sum((one.shares for one in fills), Decimal(left))
    decision, arrival, end = (_near(rng, price, 0.02) for _ in range(3))
    return Case(side, shares, decision, arrival, end, arrives, fills, _bars(rng, price))


@cache
def cases() -> tuple[Case, ...]:
    rng = random.Random(20221229)
    return tuple(_case(rng) for _ in range(ORDERS))


def test_the_orders_differ_in_all_that_a_measure_depends_on():
    """Buys and sells, filled whole and in part, one fill and several, in one bar and in many."""
    for told in (
        {case.side for case in cases()},
        {case.filled == case.shares for case in cases()},
        {len(case.fills) for case in cases()},
        {len(case.touched) for case in cases()},
    ):
        assert len(told) > 1


@both_conventions
def test_every_part_of_the_shortfall_agrees_in_dollars_and_in_bps(convention):
    """Its commission and fees are our one part, fees; whose delay it is, is called delay basis there."""
    for case in cases():
        ours, theirs = implementation_shortfall(case.trade, convention), case.their_shortfall(BASES[convention])
        parts = (theirs.delay, theirs.trading, theirs.opportunity, theirs.explicit)
        assert [float(part or 0) for part in ours.parts] == [agrees(part) for part in parts]
        assert [float(ours.bps(part) or 0) for part in ours.parts] == [agrees(theirs.bps(part)) for part in parts]
        assert float(total(ours)) == agrees(theirs.total)
        assert float(ours.paper_notional_usd) == agrees(theirs.paper_notional)


def total(of: Shortfall) -> Decimal:
    assert of.total_usd is not None
    return of.total_usd


def test_an_order_without_fills_agrees():
    for case in cases():
        unfilled = replace(case, fills=())
        ours, theirs = implementation_shortfall(unfilled.trade), unfilled.their_shortfall(DelayBasis.ORDER)
        assert [float(part or 0) for part in ours.parts] == [agrees(part) for part in theirs.components().values()][:4]
        assert float(total(ours)) == agrees(theirs.total)


def test_without_an_arrival_ours_is_theirs_with_the_arrival_at_the_decision_price():
    """It needs an arrival price; for us delay is then not known, where its delay is zero."""
    for case in cases():
        ours = implementation_shortfall(replace(case.trade, arrival_price=None))
        theirs = replace(case, arrival=case.decision).their_shortfall(DelayBasis.ORDER)
        assert (ours.delay_usd, theirs.delay) == (None, 0)
        assert float(ours.trading_usd) == agrees(theirs.trading)
        assert float(ours.opportunity_usd or 0) == agrees(theirs.opportunity)
        assert float(total(ours)) == agrees(theirs.total)


def test_what_was_filled_beyond_the_order_is_refused_there_and_is_an_order_of_its_own_here():
    """Ours equals theirs of an order as large as what was filled, less the excess marked to the end: s e (Pn - Pd)."""
    for case in cases():
        less, excess = replace(case, shares=case.filled / 2), case.filled / 2
        with pytest.raises(ValidationError, match="exceeds"):
            _ = less.theirs
        whole = replace(case, shares=case.filled).their_shortfall(DelayBasis.ORDER).total
        marked = case.side.sign * excess * (case.end - case.decision)
        ours = implementation_shortfall(less.trade)
        assert ours.overfilled_shares == excess
        assert float(total(ours)) == agrees(whole - float(marked))


def test_what_is_shown_is_theirs_rounded_so_that_the_parts_add_up():
    """Parts by largest remainder, each less than a cent and a hundredth of a bp away; totals to the nearest."""
    for case in cases():
        shown, theirs = measured(recorded(case)).shown, case.their_shortfall(DelayBasis.ORDER)
        dollars = (shown.delay_usd, shown.trading_usd, shown.opportunity_usd, shown.fees_usd)
        bps = (shown.delay_bps, shown.trading_bps, shown.opportunity_bps, shown.fees_bps)
        parts = (theirs.delay, theirs.trading, theirs.opportunity, theirs.explicit)
        assert all(abs(float(ours or 0) - part) < 0.01 for ours, part in zip(dollars, parts, strict=True))
        assert all(abs(float(ours or 0) - theirs.bps(part)) < BPS_UNIT for ours, part in zip(bps, parts, strict=True))
        assert abs(float(shown.total_usd or 0) - theirs.total) < 0.005 + 1e-9
        assert abs(float(shown.total_bps or 0) - theirs.total_bps) < 0.005 + 1e-9


def recorded(case: Case):
    known = {"decision_price": case.decision, "arrival_price": case.arrival, "end_price": case.end}
    arrives = OPEN + case.arrives * MINUTE
    return order(case.side, case.shares, fills=case.fills, market=case.market, arrival_at=arrives, **known)


def test_a_groups_cost_is_the_ratio_of_sums_there_as_here():
    """Its report takes arrival and end price from the bars; ours adds the cents that the orders show."""
    as_there = [replace(one, arrival=one.market[one.arrives].open, end=one.market[-1].close) for one in cases()]
    named = {f"S{n}": case for n, case in enumerate(as_there)}
    orders = {symbol: replace(case.theirs, symbol=symbol) for symbol, case in named.items()}
    theirs = build_report(orders, {symbol: case.series for symbol, case in named.items()}).total()
    ours = added([measured(recorded(case)) for case in as_there])
    assert float(ours.paper_notional_usd) == agrees(theirs.paper_notional)
    assert float(ours.unrounded_total_usd or 0) == agrees(theirs.total)
    assert abs(float(ours.total_usd or 0) - theirs.total) < 0.005 * ORDERS
    assert abs(float(ours.total_bps or 0) - theirs.total_bps) < 0.005 + 1e-9


def test_slippage_from_decision_arrival_and_vwap_agrees_in_bps_and_in_dollars():
    for case in cases():
        theirs = [
            slippage.score_order(case.theirs, case.series, one) for one in (Benchmark.DECISION, Benchmark.ARRIVAL)
        ]
        interval = slippage.score_order(case.theirs, case.series, Benchmark.INTERVAL_VWAP)
        # The arrival price is the open of the bar that begins then: what it takes from bars, we are given by a quote.
        opened = case.market[case.arrives].open
        market = vwap(case.touched)
        assert market is not None
        for benchmark, score in zip((case.decision, opened, market), (*theirs, interval), strict=True):
            assert float(benchmark) == agrees(score.benchmark_price)
            assert float(cost_bps(case.side, case.average, benchmark) or 0) == agrees(score.cost_bps)
            assert float(slippage_usd(case.side, case.filled, case.value, benchmark)) == agrees(score.cost_currency)


def test_the_vwap_of_others_and_our_share_of_the_volume_agree():
    for case in cases():
        own = slippage.own_share(case.theirs, case.series)
        assert float(vwap_of_others(case.touched, case.fills) or 0) == agrees(own.ex_own_vwap)
        assert float(participation(case.filled, case.touched) or 0) == agrees(own.rate)
        assert float(participation(case.filled, case.touched) or 0) == agrees(
            slippage.participation_rate(case.theirs, case.series)
        )


def test_its_twap_is_of_typical_prices_and_ours_of_closes():
    """Theirs less ours is the mean of (high + low + close) / 3 - close over the same bars, all equally long."""
    for case in cases():
        theirs = slippage.benchmark_price(case.theirs, case.series, Benchmark.INTERVAL_TWAP)
        bars = case.touched
        apart = sum((bar.vwap - bar.close for bar in bars), Decimal(0)) / len(bars)
        assert float((twap(bars) or 0) + apart) == agrees(theirs)
        assert float(twap([replace(bar, close=bar.vwap) for bar in bars]) or 0) == agrees(theirs)


def test_an_arrival_inside_a_bar_has_the_whole_bar_here_and_none_of_it_there():
    """Bars are not cut in either; ours counts the bar that an order arrives in, theirs begins with the next one."""
    within = [case for case in cases() if case.arrives + 1 < _minute(case.fills[-1])]
    assert len(within) > ORDERS / 2
    for case in within:
        arrives = OPEN + case.arrives * MINUTE + MINUTE / 2
        theirs = slippage.benchmark_price(case.theirs, case.series, Benchmark.INTERVAL_VWAP, start=arrives)
        ours = bars_touched(case.market, arrives, case.fills[-1].at)
        assert ours == case.touched
        assert float(vwap(ours[1:]) or 0) == agrees(theirs)


def _minute(one: Execution) -> int:
    return int((one.at - OPEN) / MINUTE)


def test_a_last_fill_as_a_bar_starts_ends_the_window_here_and_adds_that_bar_there():
    for case in cases():
        last = replace(case.fills[-1], at=OPEN + (_minute(case.fills[-1]) + 1) * MINUTE)
        moved = replace(case, fills=(*case.fills[:-1], last))
        if _minute(last) < MINUTES:
            start, end = slippage.order_window(moved.theirs, moved.series)
            assert moved.touched == case.touched
            assert moved.series.total_volume(start, end) == market_volume(moved.touched) + _bar_at(moved, last).volume


def _bar_at(case: Case, one: Execution) -> MarketBar:
    return case.market[_minute(one)]
