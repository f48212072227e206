"""From a plan's line to the shares planned for each wave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from optimizer.slicing import almgren_chriss, curves, schedules
from optimizer.slicing.buckets import Bucket
from tasks.book.execution import ExecutionSettings
from tasks.model.capabilities import Capabilities
from tasks.model.orders import Algorithm
from tasks.model.plan import PlanLine
from tasks.orders.order_kinds import AUCTION_WAVE, first_kind, outside_the_auction, share_step
from tasks.orders.waves import Wave, WaveKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class DayShape:
    """What a schedule needs to know of the day."""

    hours: tuple[datetime, datetime]
    waves: tuple[Wave, ...]
    daily_volatility: float
    """Of this symbol, as a fraction of its price."""
    half_spread_bps: float


def schedule(
    line: PlanLine,
    shape: DayShape,
    settings: ExecutionSettings,
    capabilities: Capabilities,
    *,
    fractional: bool = True,
) -> tuple[tuple[int, Decimal], ...]:
    """(wave number, shares) for every wave that has shares; the shares add up to the order exactly.

    A fraction that an auction does not take is due right after the opening one, or right before the closing one.
    """
    working = [w for w in shape.waves if w.kind is WaveKind.WORKING]
    if line.algorithm in AUCTION_WAVE:
        return _auction(line, shape.waves, working, capabilities)
    step = share_step(first_kind(_algorithm(line), settings), capabilities, fractional=fractional)
    planned = _continuous(line, shape, working, settings, step)
    return tuple((wave.number, shares) for wave, shares in zip(working, planned, strict=True) if shares)


def _auction(
    line: PlanLine, waves: Sequence[Wave], working: Sequence[Wave], capabilities: Capabilities
) -> tuple[tuple[int, Decimal], ...]:
    beside = outside_the_auction(line.shares, _algorithm(line), capabilities)
    auction = (_number(waves, AUCTION_WAVE[_algorithm(line)]), line.shares - beside)
    fraction = (working[0 if line.algorithm is Algorithm.AT_OPEN else -1].number, beside)
    return tuple(part for part in sorted((auction, fraction)) if part[1])


def _algorithm(line: PlanLine) -> Algorithm:
    assert line.algorithm is not None, "every trade has its algorithm"
    return line.algorithm


def _continuous(
    line: PlanLine, shape: DayShape, working: Sequence[Wave], settings: ExecutionSettings, step: Decimal
) -> tuple[Decimal, ...]:
    count = len(working)
    if line.algorithm is Algorithm.IMMEDIATE:
        return schedules.immediate(line.shares, count)
    if line.algorithm is Algorithm.TWAP:
        return schedules.twap(line.shares, count, step)
    if line.algorithm is Algorithm.IMPLEMENTATION_SHORTFALL:
        return _shortfall(line, shape, working, settings, step)
    # POV follows the volume it sees; what is planned is what the usual day would make of it.
    return schedules.vwap(line.shares, volume_shares(shape.hours, working), step)


def _shortfall(
    line: PlanLine, shape: DayShape, working: Sequence[Wave], settings: ExecutionSettings, step: Decimal
) -> tuple[Decimal, ...]:
    price = float(line.decision_price)
    opens, closes = shape.hours
    window = (working[-1].until - working[0].at).total_seconds() / (closes - opens).total_seconds()
    spread_usd = max(2 * shape.half_spread_bps / 1e4 * price, 1e-4)
    volume = line.adv_shares or float(line.shares) * 100
    return schedules.implementation_shortfall(
        line.shares,
        len(working),
        step,
        horizon_days=window,
        sigma=shape.daily_volatility * price,
        impact=almgren_chriss.impact_from_spread(spread_usd, volume),
        risk_aversion=settings.risk_aversion,
    )


def volume_shares(hours: tuple[datetime, datetime], working: Sequence[Wave]) -> tuple[float, ...]:
    """Fraction of a usual day's volume in each working wave."""
    buckets = [Bucket(w.number, w.at, w.until) for w in working]
    return curves.curve_on_buckets(curves.u_shaped_curve(78), hours[0], hours[1], buckets)


def _number(waves: Sequence[Wave], kind: WaveKind) -> int:
    return next(w.number for w in waves if w.kind is kind)
