"""How cost models would have forecast the same orders: mean error in bps, and surprises in timing risks. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, variance

from tasks.tca.calibration import Calibration, CostSample, coefficients_at
from tasks.tca.estimates import cost_z
from tasks.tca.models.three_halves import three_halves_bps

Forecast = Callable[[CostSample], float]
"""Bps of an order, without fees."""


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """One model over all orders; a good one has mean 0 and variance 1 of z."""

    model: str
    orders: int
    mean_error_bps: float
    """Cost less forecast; positive: dearer than forecast."""
    mean_z: float
    variance_z: float


def three_halves(half_spread_bps: float, impact_coefficient: float) -> Forecast:
    """The optimizer's own form, with these coefficients."""

    def forecast(sample: CostSample) -> float:
        return three_halves_bps(half_spread_bps / 1e4, sample.daily_volatility, sample.share_of_adv, impact_coefficient)

    return forecast


def fitted(found: Calibration) -> Forecast:
    """A calibration with its own exponent."""
    return lambda sample: found.cost_bps(sample.daily_volatility, sample.share_of_adv)


def forecast_line(model: str, samples: Sequence[CostSample], forecast: Forecast) -> ForecastLine:
    """What a model forecast of each order, held against what it cost."""
    return _line(model, samples, [forecast(sample) for sample in samples])


def on_other_days(model: str, samples: Sequence[CostSample], exponent: float) -> ForecastLine:
    """Every day forecast with the coefficients of all others: what a fit is worth on orders that it has not seen."""
    by_day: dict[object, Forecast] = {}
    for day in {sample.day for sample in samples}:
        spread, impact = coefficients_at([sample for sample in samples if sample.day != day], exponent)
        by_day[day] = three_halves(spread, impact)
    return _line(model, samples, [by_day[sample.day](sample) for sample in samples])


def _line(model: str, samples: Sequence[CostSample], forecasts: Sequence[float]) -> ForecastLine:
    pairs = list(zip(samples, forecasts, strict=True))
    scores = [cost_z(sample.cost_bps, forecast, sample.timing_risk_bps) for sample, forecast in pairs]
    errors = [sample.cost_bps - forecast for sample, forecast in pairs]
    return ForecastLine(model, len(pairs), mean(errors), mean(scores), variance(scores) if len(scores) > 1 else 0.0)
