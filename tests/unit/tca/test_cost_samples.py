"""What a recorded order tells a calibration, why another tells nothing, and how models forecast the same orders."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from test_calibration import EXPONENT, IMPACT, SPREAD, orders

from tasks.errors import BadDataError
from tasks.model.cost_model import (
    CostModel,
    CostModelWord,
    check_content,
    in_force,
    model_id_of,
    named,
    why_not_approved,
)
from tasks.tca.calibration import CostSample, calibrate
from tasks.tca.cost_forecasts import forecast_line, on_other_days, three_halves
from tasks.tca.cost_samples import NO_ARRIVAL, NO_FILL, NO_PARTICIPATION, NO_VOLATILITY, NO_VOLUME, samples_of

DAY = date(2022, 12, 28)
AT = datetime(2022, 12, 28, 12, 0, tzinfo=UTC)
ORDER: dict[str, Any] = {
    "side": "SELL",
    "filled_shares": "500",
    "average_price": "99.90",
    "arrival_price": "100.00",
    "adv_shares": "50000.00",
    "daily_volatility": "0.02",
    "participation": "0.25",
}


def read(*changed: dict[str, Any], assumed: float | None = None) -> Any:
    return samples_of([(DAY, {"orders": [ORDER | change for change in changed]})], assumed)


def test_a_sell_below_its_arrival_cost_what_it_lost() -> None:
    [sample] = read({}).samples
    assert (sample.day, sample.share_of_adv, sample.daily_volatility) == (DAY, 0.01, 0.02)
    assert sample.cost_bps == pytest.approx(10.0)
    assert sample.timing_risk_bps == pytest.approx(0.02 * (0.01 * 0.75 / 0.75) ** 0.5 * 1e4)
    [bought] = read({"side": "BUY"}).samples
    assert bought.cost_bps == pytest.approx(-10.0)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"filled_shares": "0", "average_price": None}, NO_FILL),
        ({"arrival_price": None}, NO_ARRIVAL),
        ({"adv_shares": None}, NO_VOLUME),
        ({"daily_volatility": None}, NO_VOLATILITY),
        ({"participation": None}, NO_PARTICIPATION),
        ({"participation": "1.2"}, NO_PARTICIPATION),
    ],
)
def test_an_order_that_tells_nothing_is_counted_with_its_reason(change: dict[str, Any], why: str) -> None:
    found = read({}, change, change)
    assert (len(found.samples), found.left_out) == (1, {why: 2})


def test_a_report_of_an_older_form_leaves_its_orders_out() -> None:
    old = {name: value for name, value in ORDER.items() if name not in ("adv_shares", "daily_volatility")}
    found = samples_of([(DAY, {"orders": [old]})], 5e6)
    assert (found.samples, found.left_out) == ((), {NO_VOLATILITY: 1})


def test_without_a_volume_the_books_assumption_is_taken_and_counted() -> None:
    found = read({"adv_shares": None}, {}, assumed=5_000_000)
    assert [sample.share_of_adv for sample in found.samples] == [pytest.approx(0.01)] * 2
    assert found.assumed_volumes == 1


def at_one_half(s: CostSample) -> CostSample:
    """The same order where the impact had the exponent 1/2, not the planted one."""
    more = s.share_of_adv**0.5 - s.share_of_adv**EXPONENT
    return replace(s, cost_bps=s.cost_bps + IMPACT * s.daily_volatility * 1e4 * more)


def test_at_the_optimizers_exponent_the_planted_coefficients_lie_in_their_intervals() -> None:
    """Planted with the exponent 1/2: the intervals hold it about as often as they say."""
    held = {"spread": 0, "impact": 0}
    for seed in range(100):
        samples = [at_one_half(s) for s in orders(seed, days=40, a_day=10, shared=0.5)]
        found = calibrate(samples, 0.5)
        assert (found.used_exponent, found.exponent) == (0.5, None)
        held["spread"] += found.half_spread_bps.low <= SPREAD <= found.half_spread_bps.high
        held["impact"] += found.impact.low <= IMPACT <= found.impact.high
    assert all(88 <= count <= 100 for count in held.values()), held


def test_the_true_model_has_mean_0_and_variance_1_and_a_free_lunch_is_found_out() -> None:
    samples = orders(7, days=100)
    fit = calibrate(samples, 0.5)
    own = forecast_line("own", samples, three_halves(fit.half_spread_bps.value, fit.impact.value))
    assert own.mean_z == pytest.approx(0, abs=0.1)
    assert own.variance_z == pytest.approx(1, abs=0.1)
    free = forecast_line("free", samples, three_halves(0.0, 0.0))
    assert free.mean_error_bps == pytest.approx(np.mean([s.cost_bps for s in samples]))
    assert free.mean_z > 0.1, "every order was dearer than nothing"


def test_a_day_is_forecast_without_its_own_orders() -> None:
    """One day on which everything cost 1,000 bps more: who fitted it in forecasts it better than who did not."""
    samples = orders(8, days=12, a_day=10)
    odd = [replace(s, cost_bps=s.cost_bps + 1000) if s.day == samples[0].day else s for s in samples]
    fit = calibrate(odd, 0.5)
    seen = forecast_line("seen", odd, three_halves(fit.half_spread_bps.value, fit.impact.value))
    assert on_other_days("unseen", odd, 0.5).variance_z > seen.variance_z


def model(spread: float = 2.0, impact: float = 1.0, *doubts: str, version: int = 1) -> CostModel:
    body = {"half_spread_bps": {"value": spread}, "impact_coefficient": {"value": impact}, "doubts": list(doubts)}
    return CostModel(model_id_of("demo", DAY, DAY, body), "demo", version, DAY, DAY, body, AT)


@pytest.mark.parametrize(
    ("spread", "impact", "what"), [(-0.1, 1, "half-spread"), (2, -0.1, "impact"), (2, 21, "impact")]
)
def test_a_coefficient_that_no_forecast_can_use_is_refused_whatever_is_passed_over(
    spread: float, impact: float, what: str
) -> None:
    assert what in str(why_not_approved(model(spread, impact), despite_doubts=True))


def test_doubts_are_passed_over_by_name_alone() -> None:
    assert "a doubt" in str(why_not_approved(model(2, 1, "a doubt"), despite_doubts=False))
    assert why_not_approved(model(2, 1, "a doubt"), despite_doubts=True) is None
    assert why_not_approved(model(), despite_doubts=False) is None


def test_the_last_word_before_a_moment_counts() -> None:
    def word(said: str, hour: int) -> CostModelWord:
        return CostModelWord("demo", "a" * 64, said, "Ada Byron", "because", False, AT.replace(hour=hour))

    words = [word("approved", 9), word("withdrawn", 11), word("approved", 13)]
    assert in_force(words[:0]) is None
    assert [in_force(words, AT.replace(hour=hour)) for hour in (8, 10, 12, 14)] == [None, words[0], None, words[2]]
    assert in_force(words) == words[2]


def test_a_version_is_named_by_number_or_by_the_beginning_of_its_id() -> None:
    models = [model(), model(3.0, version=2)]
    assert named(models, "v2") == models[1]
    assert named(models, models[0].model_id[:8].upper()) == models[0]
    assert [named(models, text) for text in ("v3", "", "v", models[0].model_id[:3], "v\u00b2")] == [None] * 5


def test_a_row_that_says_something_else_than_its_id_is_refused() -> None:
    assert check_content(model()) == model()
    with pytest.raises(BadDataError, match="audit verify"):
        check_content(replace(model(), body=model(1.0).body))
