"""Coefficients planted into made-up orders are found again, with errors that cover what they say they cover."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from tasks.errors import BadDataError
from tasks.tca.calibration import Calibration, CostSample, Doubt, calibrate, clustered_errors
from tasks.tca.models.kissell import timing_risk_bps

FIRST = date(2022, 1, 3)
SPREAD, IMPACT, EXPONENT = 2.0, 0.9, 0.6


def orders(
    seed: int, days: int = 60, a_day: int = 20, sizes: tuple[float, float] = (1e-4, 0.1), shared: float = 0.0
) -> list[CostSample]:
    """Costs by the model and as much noise as their timing risk; `shared` is what a whole day has in common."""
    random = np.random.default_rng(seed)
    found: list[CostSample] = []
    for day in range(days):
        market = random.normal()
        for _ in range(a_day):
            size = float(np.exp(random.uniform(*np.log(sizes))))
            volatility = float(random.uniform(0.01, 0.03))
            risk = timing_risk_bps(volatility, size, 0.1)
            noise = risk * (shared**0.5 * market + (1 - shared) ** 0.5 * random.normal())
            cost = SPREAD + IMPACT * volatility * 1e4 * size**EXPONENT + noise
            found.append(CostSample(FIRST + timedelta(days=day), cost, size, volatility, risk))
    return found


def covered(fits: Sequence[Calibration]) -> dict[str, float]:
    """Share of the intervals that hold what was planted."""
    return {
        "spread": float(np.mean([fit.half_spread_bps.low <= SPREAD <= fit.half_spread_bps.high for fit in fits])),
        "impact": float(np.mean([fit.impact.low <= IMPACT <= fit.impact.high for fit in fits])),
    }


def test_what_was_planted_is_found_within_its_error():
    found = calibrate(orders(1, days=250))
    assert found.exponent is not None
    assert (found.orders, found.days) == (5000, 250)
    for fitted, true in ((found.half_spread_bps, SPREAD), (found.impact, IMPACT), (found.exponent, EXPONENT)):
        assert abs(fitted.value - true) < 4 * fitted.standard_error
    assert found.impact.standard_error < IMPACT / 2
    assert found.doubts == ()
    planted = SPREAD + IMPACT * 200 * 0.05**EXPONENT
    assert found.cost_bps(0.02, 0.05) == pytest.approx(planted, rel=0.05)


def test_intervals_of_ninety_five_percent_hold_what_was_planted_about_as_often():
    """Also where every order of a day moves with its market, which errors that know no days would miss."""
    fits = [calibrate(orders(seed, days=40, a_day=10, shared=0.5)) for seed in range(200)]
    shares = covered(fits)
    assert 0.90 <= shares["spread"] <= 0.985
    assert 0.88 <= shares["impact"] <= 0.985


def test_errors_that_know_no_days_would_claim_more_than_they_know():
    samples = orders(3, days=40, a_day=25, shared=0.9)
    design = np.ones((len(samples), 1))
    noise = np.array([(s.cost_bps - 2.0) / s.timing_risk_bps for s in samples])
    days = np.array([s.day.toordinal() for s in samples])
    by_day = clustered_errors(design, noise - noise.mean(), days)
    by_order = clustered_errors(design, noise - noise.mean(), np.arange(len(samples)))
    assert by_day[0] > 3 * by_order[0]


def test_with_one_order_a_day_the_error_of_a_mean_is_the_ordinary_one():
    residuals = np.random.default_rng(5).normal(size=50)
    residuals -= residuals.mean()
    found = clustered_errors(np.ones((50, 1)), residuals, np.arange(50))
    assert found[0] == pytest.approx(residuals.std(ddof=1) / 50**0.5, rel=1e-12)


def test_sizes_alike_tell_no_exponent_and_it_is_said():
    found = calibrate(orders(2, sizes=(0.01, 0.03)))
    assert (found.exponent, found.used_exponent) == (None, 0.5)
    assert Doubt.SIZES_ALIKE in found.doubts


def test_orders_too_small_to_move_anything_show_no_impact():
    assert Doubt.NO_IMPACT in calibrate(orders(4, days=12, a_day=3, sizes=(1e-6, 1e-4))).doubts


@pytest.mark.parametrize(("days", "a_day"), [(9, 20), (12, 2)])
def test_too_few_orders_or_days_are_refused(days, a_day):
    with pytest.raises(BadDataError, match="takes 25 on 10"):
        calibrate(orders(1, days=days, a_day=a_day))


def test_an_order_without_volatility_is_named():
    broken = [*orders(1), CostSample(FIRST, 3.0, 0.01, 0.0, 10.0)]
    with pytest.raises(BadDataError, match="leave the order out"):
        calibrate(broken)
