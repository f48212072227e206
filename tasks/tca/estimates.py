"""The pre-trade estimate of one order beside what came of it, and what published models would have said."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import mean, variance

from tasks.model.market import MarketBar
from tasks.model.money import BPS, exact_sum, number, rounded
from tasks.tca import benchmarks
from tasks.tca.costs import BPS_UNIT, MeasuredOrder
from tasks.tca.inputs import OrderRecord
from tasks.tca.models.almgren import almgren_2005_bps
from tasks.tca.models.kissell import timing_risk_bps
from tasks.tca.models.power_law import power_law_bps
from tasks.tca.models.square_root import square_root_average_bps


def cost_z(cost_bps: float, estimate_bps: float, risk_bps: float) -> float:
    """Surprise in timing risks; over many orders a good model has mean 0 and variance 1."""
    return (cost_bps - estimate_bps) / risk_bps


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """Forecast and outcome of the executed part; both are bps of its decision value, positive is a cost."""

    model: str
    estimate_usd: Decimal
    """The whole order's forecast times the share of it that was filled."""
    realised_usd: Decimal
    """Trading plus fees, which is what the forecast is about; delay and opportunity are not."""
    difference_usd: Decimal
    estimate_bps: Decimal
    realised_bps: Decimal
    timing_risk_bps: Decimal | None
    surprise_z: Decimal | None
    """Difference in timing risks; None without volatility or volume."""
    second_opinions_bps: dict[str, Decimal]


def estimate_line(row: MeasuredOrder, bars: tuple[MarketBar, ...]) -> EstimateLine | None:
    """None when there was no forecast or nothing was filled."""
    order = row.order
    if order.estimate is None or order.filled_shares <= 0:
        return None
    executed = order.filled_shares * order.start_price
    forecast = Decimal(repr(order.estimate.total_usd)) * min(order.filled_shares / order.shares, Decimal(1))
    realised = row.shortfall.trading_usd + row.shortfall.fees_usd
    estimate_bps, realised_bps = forecast / executed * BPS, realised / executed * BPS
    risk = _timing_risk(order, bars)
    estimate_usd = rounded(forecast)
    realised_usd = exact_sum((row.shown.trading_usd or Decimal(0), row.shown.fees_usd or Decimal(0)))
    return EstimateLine(
        model=order.estimate.model,
        estimate_usd=estimate_usd,
        realised_usd=realised_usd,
        difference_usd=realised_usd - estimate_usd,
        estimate_bps=rounded(estimate_bps, BPS_UNIT),
        realised_bps=rounded(realised_bps, BPS_UNIT),
        timing_risk_bps=number(risk, BPS_UNIT),
        surprise_z=number(cost_z(float(realised_bps), float(estimate_bps), risk) if risk else None, BPS_UNIT),
        second_opinions_bps=_second_opinions(order),
    )


def _timing_risk(order: OrderRecord, bars: tuple[MarketBar, ...]) -> float | None:
    share = benchmarks.participation(order.filled_shares, bars)
    if not (order.daily_volatility and order.adv_shares and share) or share > 1:
        return None
    return timing_risk_bps(order.daily_volatility, float(order.filled_shares) / order.adv_shares, float(share))


def _second_opinions(order: OrderRecord) -> dict[str, Decimal]:
    """Published models on the executed size, those for which the inputs are known."""
    if not order.adv_shares:
        return {}
    size = float(order.filled_shares) / order.adv_shares
    opinions = {"0.314 % (Q/ADV)^0.6": power_law_bps(size)}
    if order.daily_volatility:
        opinions["square root, average"] = square_root_average_bps(order.daily_volatility, size)
        if order.shares_outstanding:
            turnover = order.shares_outstanding / order.adv_shares
            opinions["Almgren et al. 2005, one day"] = almgren_2005_bps(order.daily_volatility, size, turnover, 1.0)
    return {name: rounded(Decimal(repr(bps)), BPS_UNIT) for name, bps in opinions.items()}


@dataclass(frozen=True, slots=True)
class EstimateTotal:
    """Forecast against outcome over all orders that have both; sums of their cents."""

    orders: int
    estimate_usd: Decimal
    realised_usd: Decimal
    difference_usd: Decimal
    """Positive: dearer than forecast."""
    dearer_orders: int
    mean_z: Decimal | None
    """Over orders with a timing risk; a good model has mean 0 and variance 1."""
    variance_z: Decimal | None


def estimate_total(lines: Sequence[EstimateLine | None]) -> EstimateTotal | None:
    """None when no order has a forecast and a fill."""
    known = [line for line in lines if line is not None]
    if not known:
        return None
    scores = [float(line.surprise_z) for line in known if line.surprise_z is not None]
    return EstimateTotal(
        orders=len(known),
        estimate_usd=exact_sum(line.estimate_usd for line in known),
        realised_usd=exact_sum(line.realised_usd for line in known),
        difference_usd=exact_sum(line.difference_usd for line in known),
        dearer_orders=sum(line.difference_usd > 0 for line in known),
        mean_z=number(mean(scores) if scores else None, BPS_UNIT),
        variance_z=number(variance(scores) if len(scores) > 1 else None, BPS_UNIT),
    )
