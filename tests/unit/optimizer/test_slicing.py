"""Slicing changes when we trade, never how much; and never more than the cap of what the market trades."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import exchange_calendars
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.slicing import schedules
from optimizer.slicing.almgren_chriss import almgren_chriss, impact_from_spread
from optimizer.slicing.buckets import Bucket, make_buckets
from optimizer.slicing.curves import curve_on_buckets, u_shaped_curve
from optimizer.slicing.lots import floor_to_step, largest_remainder
from optimizer.slicing.pov_cap import cap_to_participation, due_shares, pov_slice, schedule_so_far

D = Decimal
OPEN, CLOSE = datetime(2022, 12, 28, 14, 30, tzinfo=UTC), datetime(2022, 12, 28, 21, tzinfo=UTC)

steps = st.sampled_from([D(1), D(100), D("0.01"), D("0.000000001")])
totals = st.decimals(0, 10**9, places=3)
curves = st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=1, max_size=40).filter(any)
caps = st.sampled_from([0.01, 0.1, 0.25, 0.333, 0.5, 0.9])


# --- buckets ---


@given(st.integers(1, 390), st.integers(0, 100), st.integers(1, 99), st.sampled_from([210, 390]))
def test_buckets_cover_the_window_without_gap_or_overlap(waves, start, stop, minutes):
    buckets = make_buckets(OPEN, OPEN + timedelta(minutes=minutes), start, stop, waves)
    assert buckets[0].start == OPEN + timedelta(minutes=start)
    assert buckets[-1].end == OPEN + timedelta(minutes=minutes - stop)
    assert all(a.end == b.start for a, b in pairwise(buckets))
    assert [b.number for b in buckets] == list(range(1, len(buckets) + 1))
    lengths = {b.end - b.start for b in buckets}
    assert max(lengths) - min(lengths) <= timedelta(minutes=1)
    assert min(lengths) >= timedelta(minutes=1)


def test_a_half_day_gets_the_same_waves_in_a_shorter_window():
    calendar = exchange_calendars.get_calendar("XNYS")
    opens, closes = (t.to_pydatetime() for t in calendar.session_open_close("2022-11-25"))
    buckets = make_buckets(opens, closes, 5, 10, 13)
    assert len(buckets) == 13
    assert buckets[-1].end == datetime(2022, 11, 25, 17, 50, tzinfo=UTC)


def test_a_window_with_fewer_minutes_than_waves_gets_one_bucket_a_minute():
    assert len(make_buckets(OPEN, OPEN + timedelta(minutes=20), 5, 10, 13)) == 5


def test_a_window_without_a_minute_is_refused():
    with pytest.raises(ValueError, match="no minute to trade"):
        make_buckets(OPEN, OPEN + timedelta(minutes=15), 5, 10, 13)


# --- lots ---


@given(totals, curves, steps)
def test_lots_conserve_the_order_and_stay_within_one_step_of_the_ideal(total, fractions, step):
    parts = largest_remainder(total, fractions, step)
    whole = sum(map(Fraction, fractions))
    assert sum(parts) == total
    for part, fraction in zip(parts, fractions, strict=True):
        ideal = Fraction(total) * Fraction(fraction) / whole
        assert abs(Fraction(part) - ideal) < Fraction(step)
        assert part >= 0


@given(st.integers(0, 10**6), curves, steps)
def test_lots_of_whole_steps_are_whole_steps(count, fractions, step):
    assert all(part % step == 0 for part in largest_remainder(count * step, fractions, step))


def test_a_rest_smaller_than_a_step_stays_whole_in_one_slice():
    assert largest_remainder(D("10.5"), [1, 1], D(1)) == (D("5.5"), D(5))


def test_an_earlier_slice_wins_a_tie():
    assert largest_remainder(D(2), [1, 1, 1], D(1)) == (D(1), D(1), D(0))


def test_a_wave_without_volume_gets_nothing():
    assert largest_remainder(D(7), [0, 1, 0, 1], D(1)) == (D(0), D(4), D(0), D(3))


@pytest.mark.parametrize("fractions", [[], [0, 0], [1, -1], [1, float("nan")], [float("inf")]])
def test_fractions_that_make_no_curve_are_refused(fractions):
    with pytest.raises(ValueError, match="fractions must be"):
        largest_remainder(D(10), fractions, D(1))


@pytest.mark.parametrize(("total", "step"), [(D(-1), D(1)), (D(1), D(0))])
def test_negative_shares_and_steps_are_refused(total, step):
    with pytest.raises(ValueError, match="must be positive"):
        largest_remainder(total, [1.0], step)


def test_rounding_down_is_exact_however_small_the_step():
    assert floor_to_step(Fraction(10, 3), D("0.000000001")) == D("3.333333333")


# --- schedules ---


@given(totals, curves, steps, st.floats(0, 1e-4))
def test_every_schedule_trades_exactly_the_order(total, curve, step, risk_aversion):
    n = len(curve)
    impact = impact_from_spread(0.02, 1e6)
    for planned in (
        schedules.twap(total, n, step),
        schedules.vwap(total, curve, step),
        schedules.immediate(total, n),
        schedules.implementation_shortfall(
            total, n, step, horizon_days=0.9, sigma=1.5, impact=impact, risk_aversion=risk_aversion
        ),
    ):
        assert len(planned) == n
        assert sum(planned) == total
        assert min(planned) >= 0


def test_twap_differs_by_one_step_at_most():
    assert schedules.twap(D(100), 13, D(1)) == (D(8),) * 9 + (D(7),) * 4


def test_implementation_shortfall_trades_earlier_the_more_risk_hurts():
    def first(risk_aversion: float) -> Decimal:
        return schedules.implementation_shortfall(
            D(100_000),
            13,
            D(1),
            horizon_days=0.96,
            sigma=1.5,
            impact=impact_from_spread(0.02, 5e6),
            risk_aversion=risk_aversion,
        )[0]

    assert first(0.0) < first(1e-6) < first(1e-4) <= D(100_000)


# --- curves ---


@given(st.integers(1, 400))
def test_the_default_curve_is_a_symmetric_u_that_sums_to_one(n):
    curve = u_shaped_curve(n)
    assert sum(curve) == pytest.approx(1.0, abs=1e-12)
    assert np.allclose(curve, curve[::-1], atol=1e-12)
    assert curve[0] >= curve[n // 2] - 1e-12


def test_a_day_curve_read_on_the_whole_day_is_itself():
    buckets = make_buckets(OPEN, OPEN + timedelta(minutes=400), 0, 0, 4)
    read = curve_on_buckets([0.4, 0.1, 0.1, 0.4], OPEN, OPEN + timedelta(minutes=400), buckets)
    assert read == pytest.approx((0.4, 0.1, 0.1, 0.4))


def test_a_window_takes_only_its_part_of_the_day():
    half = [Bucket(1, OPEN, OPEN + timedelta(minutes=195))]
    assert curve_on_buckets(u_shaped_curve(390), OPEN, CLOSE, half) == pytest.approx((0.5,))


# --- participation ---


def test_the_cap_counts_our_own_volume():
    """Oracle SL-02: others 90,000 at 10 % is 10,000 and not 9,000."""
    assert pov_slice(D(50_000), D(90_000), D(0), 0.10, D(1)) == 10_000
    assert pov_slice(D(50_000), D(100_000), D(10_000), 0.10, D(1)) == 0


@given(caps, steps, st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 1)), max_size=30), totals)
def test_pov_never_exceeds_its_cap_on_any_volume_path(cap, step, path, order):
    """Each wave the market trades something and we fill any part of what we sent, the worst case included."""
    market = own = D(0)
    for others, filled_share in path:
        child = pov_slice(order - own, market, own, cap, step)
        assert 0 <= child <= order - own
        filled = floor_to_step(child * D(repr(filled_share)), step)
        for fill in (child, filled):
            assert Fraction(own + fill) <= Fraction(str(cap)) * Fraction(market + fill) or own + fill == 0
        own, market = own + filled, market + filled + others


def test_shares_still_working_count_as_ours():
    assert pov_slice(D(50_000), D(90_000), D(0), 0.10, D(1), working=D(4_000)) == 6_000


def test_pov_waits_until_others_have_traded():
    assert pov_slice(D(1_000), D(0), D(0), 0.5, D(1)) == 0


@pytest.mark.parametrize("cap", [0.0, 1.0, -0.1, float("nan")])
def test_a_cap_that_is_no_share_is_refused(cap):
    with pytest.raises(ValueError, match="participation cap"):
        pov_slice(D(1), D(1), D(0), cap, D(1))


def test_negative_volume_is_refused():
    with pytest.raises(ValueError, match="cannot be negative"):
        pov_slice(D(1), D(-1), D(0), 0.1, D(1))


@given(totals, st.floats(0, 1e9), caps, steps)
def test_a_capped_slice_is_within_the_cap(shares, volume, cap, step):
    capped = cap_to_participation(shares, volume, cap, step)
    assert 0 <= capped <= shares
    assert Fraction(capped) <= Fraction(volume) * Fraction(str(cap))


def test_the_schedule_so_far_includes_the_wave_itself():
    planned = (D(3), D(2), D(1))
    assert [schedule_so_far(planned, wave) for wave in range(4)] == [0, 3, 5, 6]


def test_a_run_on_schedule_sends_the_planned_wave():
    assert due_shares((D(30), D(20), D(10)), 2, D(30), 1e6, 0.1, D(1)) == 20


def test_a_run_ahead_of_its_schedule_sends_nothing():
    assert due_shares((D(30), D(20), D(10)), 2, D(60), 1e6, 0.1, D(1)) == 0


def test_a_late_run_catches_up_only_as_far_as_the_cap():
    planned = (D(100),) * 10
    assert due_shares(planned, 8, D(100), 2_000, 0.1, D(1)) == 200
    assert due_shares(planned, 8, D(100), None, 0.1, D(1)) == 100


@given(st.lists(st.integers(0, 500), min_size=1, max_size=13), st.data())
def test_a_run_killed_anywhere_never_sends_more_than_its_order(planned, data):
    shares = tuple(map(D, planned))
    done = D(0)
    for wave in range(1, len(shares) + 1):
        if data.draw(st.booleans()):
            done += due_shares(shares, wave, done, data.draw(st.floats(0, 1e5)), 0.1, D(1))
        assert done <= schedule_so_far(shares, wave)


# --- the paper's path ---


@given(st.floats(1e-3, 1e3), st.integers(1, 60), st.floats(0, 1), st.floats(0.01, 10))
def test_the_optimal_path_falls_to_zero_and_never_overflows(horizon, intervals, risk_aversion, sigma):
    impact = impact_from_spread(0.05, 1e6)
    if impact.eta <= impact.gamma * horizon / intervals / 2:
        return
    path = almgren_chriss(1e6, horizon, intervals, sigma, impact, risk_aversion)
    assert path.holdings[0] == pytest.approx(1e6)
    assert path.holdings[-1] == 0
    assert all(trade >= -1e-6 for trade in path.trades)
    assert np.isfinite([path.expected_cost, path.variance, path.kappa]).all()


def test_no_other_schedule_is_cheaper_than_the_optimum():
    impact, sigma, lam, n = impact_from_spread(0.125, 5e6), 0.95, 1e-6, 5
    best = almgren_chriss(1e6, 5, n, sigma, impact, lam)
    optimum = best.expected_cost + lam * best.variance

    def objective(trades: np.ndarray) -> float:
        left = 1e6 - np.cumsum(trades)
        eta = impact.eta - impact.gamma / 2
        cost = impact.gamma * 1e12 / 2 + impact.epsilon * 1e6 + eta * float(trades @ trades)
        return cost + lam * sigma**2 * float(left @ left)

    assert objective(np.array(best.trades)) == pytest.approx(optimum, rel=1e-12)
    for i in range(n - 1):
        for shift in (-1000.0, 1000.0):
            other = np.array(best.trades)
            other[i] += shift
            other[i + 1] -= shift
            assert objective(other) > optimum


def test_impact_that_admits_no_optimum_is_refused():
    with pytest.raises(ValueError, match="must exceed gamma"):
        almgren_chriss(1e6, 5, 5, 0.95, impact_from_spread(0.125, 5e6).__class__(0.0625, 1e-9, 1e-6), 1e-6)
