"""One order as the report shows it: its shortfall, every benchmark, its estimate, and what a reviewer must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.model.market import MarketBar
from tasks.model.money import number, rounded, rounded_or_none
from tasks.model.orders import Execution, Side
from tasks.model.plan import of_shares
from tasks.tca import benchmarks
from tasks.tca.costs import BPS_UNIT, CostParts, MeasuredOrder, measured
from tasks.tca.estimates import EstimateLine, estimate_line
from tasks.tca.inputs import OrderRecord, SliceRecord
from tasks.tca.mark_outs import Reversion, reversions
from tasks.tca.quoted_fills import QuotedFill, quoted_fills
from tasks.tca.session_record import OrderTrail
from tasks.tca.shortfall import Convention
from tasks.tca.spread_lines import SpreadLine, spread_line
from tasks.tca.worked_example import WorkedPart, working

PRICE_UNIT = Decimal("0.000001")
RATIO_UNIT = Decimal("0.000001")
VOLATILITY_UNIT = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class BenchmarkLine:
    """One benchmark price with the cost against it on the executed shares; positive is a cost, None is `n/a`."""

    name: str
    price: Decimal | None
    cost_bps: Decimal | None
    cost_usd: Decimal | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Everything the report says of one order."""

    order_id: str
    symbol: str
    sector: str
    side: Side
    algorithm: str
    worked_by: str
    """Whether the order was sliced by ourselves or worked by an algorithm of the broker's own."""
    account: str
    reason: str
    explanation: str
    shares: Decimal
    filled_shares: Decimal
    unfilled_shares: Decimal
    fill_pct: Decimal
    average_price: Decimal | None
    decided_at: datetime | None
    decision_price: Decimal | None
    arrival_at: datetime | None
    arrival_price: Decimal | None
    first_fill_at: datetime | None
    last_fill_at: datetime | None
    ended_at: datetime
    end_price: Decimal | None
    end_price_source: str
    filled_value_usd: Decimal
    costs: CostParts
    costs_other_convention: CostParts
    working: tuple[WorkedPart, ...]
    benchmarks: tuple[BenchmarkLine, ...]
    participation: Decimal | None
    share_of_adv: Decimal | None
    adv_shares: Decimal | None
    """Average daily volume before the session; None where the source has none."""
    daily_volatility: Decimal | None
    """Standard deviation of daily returns, a fraction."""
    relative_performance: Decimal | None
    market_adjusted_bps: Decimal | None
    reversions: tuple[Reversion, ...]
    spread: SpreadLine
    estimate: EstimateLine | None
    outlier_z: Decimal | None
    flags: tuple[str, ...]
    fills: tuple[Execution, ...]
    quoted_fills: tuple[QuotedFill, ...]
    """The same fills in the same order, each with the quotes known around it."""
    slices: tuple[SliceRecord, ...]
    schedule: tuple[tuple[datetime, Decimal], ...]
    trail: OrderTrail


def window(order: OrderRecord) -> tuple[datetime, datetime]:
    """From arrival (else decision, else first fill) to the last fill, or to the order's end if some stayed open."""
    fills = [fill.at for fill in order.fills]
    start = order.arrival_at or order.decided_at or min(fills, default=order.ended_at)
    last = max(fills, default=order.ended_at)
    end = last if order.filled_shares >= order.shares else max(last, order.ended_at)
    return start, max(start, end)


def benchmark_lines(order: OrderRecord, bars: tuple[MarketBar, ...]) -> tuple[BenchmarkLine, ...]:
    """Every benchmark of the policy; `bars` are those the order's window touches, the rest comes from the session."""
    start, _ = window(order)
    from_start = tuple(bar for bar in order.market if bar.end > start or bar.start >= start)
    others = benchmarks.vwap_of_others(bars, order.fills)
    prices: tuple[tuple[str, Decimal | None, str], ...] = (
        ("decision", order.decision_price, ""),
        ("arrival", order.arrival_price, ""),
        ("interval VWAP", benchmarks.vwap(bars), _vwap_note(order, bars)),
        ("interval VWAP, others", others, "own prints taken out"),
        ("day VWAP", benchmarks.vwap(order.market), ""),
        ("TWAP", benchmarks.twap(bars), ""),
        ("PWP 10 %", benchmarks.participation_weighted_price(order.filled_shares, from_start), ""),
        ("previous close", order.previous_close, ""),
        ("open", order.session_open, ""),
        ("close", order.session_close, ""),
    )
    return tuple(_benchmark(order, name, price, note) for name, price, note in prices)


def _benchmark(order: OrderRecord, name: str, price: Decimal | None, note: str) -> BenchmarkLine:
    average = order.average_price
    if price is None or average is None:
        return BenchmarkLine(name, rounded_or_none(price, PRICE_UNIT), None, None, note)
    usd = benchmarks.slippage_usd(order.side, order.filled_shares, order.filled_value_usd, price)
    bps = benchmarks.cost_bps(order.side, average, price)
    return BenchmarkLine(name, rounded(price, PRICE_UNIT), rounded_or_none(bps, BPS_UNIT), rounded(usd), note)


def _vwap_note(order: OrderRecord, bars: tuple[MarketBar, ...]) -> str:
    share = benchmarks.participation(order.filled_shares, bars)
    if share is None:
        return "no volume"
    if share > benchmarks.VWAP_LIMIT:
        return f"{share:.0%} of the volume is our own: this VWAP says little"
    return ""


def flags_of(row: MeasuredOrder, bars: tuple[MarketBar, ...]) -> tuple[str, ...]:
    """Sentences a reviewer must not miss, each only when it applies."""
    order, share = row.order, benchmarks.participation(row.order.filled_shares, bars)
    decided = order.decided_at
    unfilled = order.shares - order.filled_shares
    checks = (
        (order.decision_price is None, "no decision price: delay is n/a and the shortfall starts at the arrival"),
        (order.arrival_price is None, "no arrival price: delay is n/a and trading is measured from the decision"),
        (row.shortfall.total_usd is None, "no price for the unfilled rest: left out of all totals"),
        (unfilled > 0 and order.end_price is None and row.end_price is not None, "unfilled rest valued at the close"),
        (unfilled < 0, f"overfilled by {of_shares(-unfilled)}, marked to the end price"),
        (order.filled_shares == 0, "nothing was filled"),
        (order.filled_shares > 0 and share is None, "no market volume in the order's window: VWAP is n/a"),
        (share is not None and share > 1, "more shares filled than the market shows: check the volume"),
        (share is not None and share > benchmarks.VWAP_LIMIT, "over 30 % of the volume was ours: VWAP says little"),
        (
            decided is not None and any(fill.at < decided for fill in order.fills),
            "a fill is older than the decision: check clocks",
        ),
    )
    return tuple(sentence for applies, sentence in checks if applies)


def order_line(
    row: MeasuredOrder, outlier_z: float | None = None, explanation: str = "", other: Convention = Convention.EXECUTED
) -> OrderLine:
    """Assemble one line; `outlier_z` is the order's modified z-score among the session's orders."""
    order = row.order
    start, end = window(order)
    bars = benchmarks.bars_touched(order.market, start, end)
    instants = sorted(fill.at for fill in order.fills)
    lines = benchmark_lines(order, bars)
    quoted = tuple(sorted(quoted_fills(order), key=lambda one: (one.fill.at, one.fill.execution_id)))
    return OrderLine(
        order_id=order.order_id,
        symbol=order.symbol,
        sector=order.sector,
        side=order.side,
        algorithm=str(order.algorithm),
        worked_by=worked_by(order.slices),
        account=order.account,
        reason=order.reason,
        explanation=explanation,
        shares=order.shares,
        filled_shares=order.filled_shares,
        unfilled_shares=order.shares - order.filled_shares,
        fill_pct=rounded(order.filled_shares / order.shares * 100, BPS_UNIT),
        average_price=rounded_or_none(order.average_price, PRICE_UNIT),
        decided_at=order.decided_at,
        decision_price=order.decision_price,
        arrival_at=order.arrival_at,
        arrival_price=order.arrival_price,
        first_fill_at=instants[0] if instants else None,
        last_fill_at=instants[-1] if instants else None,
        ended_at=order.ended_at,
        end_price=row.end_price,
        end_price_source=row.end_price_source,
        filled_value_usd=rounded(order.filled_value_usd),
        costs=row.shown,
        costs_other_convention=measured(order, other).shown,
        working=working(row),
        benchmarks=lines,
        participation=rounded_or_none(benchmarks.participation(order.filled_shares, bars), RATIO_UNIT),
        share_of_adv=number(float(order.shares) / order.adv_shares, RATIO_UNIT) if order.adv_shares else None,
        adv_shares=number(order.adv_shares, BPS_UNIT),
        daily_volatility=number(order.daily_volatility, VOLATILITY_UNIT),
        relative_performance=_performance(order, bars),
        market_adjusted_bps=_market_adjusted(order),
        reversions=reversions(row),
        spread=spread_line(order.symbol, [(order, quoted)]),
        estimate=estimate_line(row, bars),
        outlier_z=number(outlier_z, BPS_UNIT),
        flags=flags_of(row, bars),
        fills=tuple(one.fill for one in quoted),
        quoted_fills=quoted,
        slices=order.slices,
        schedule=order.schedule,
        trail=order.trail,
    )


def worked_by(slices: Sequence[SliceRecord]) -> str:
    """`steelyard`, `the broker's vwap`, or both where slices followed an order that the broker gave back."""
    native = {piece.native for piece in slices if piece.native}
    named = [f"the broker's {name.replace('_', ' ')}" for name in sorted(native)]
    return " and ".join([*named, *(["steelyard"] if not native or any(not p.native for p in slices) else [])])


def _performance(order: OrderRecord, bars: tuple[MarketBar, ...]) -> Decimal | None:
    if order.average_price is None:
        return None
    volumes = [Decimal(bar.volume) for bar in bars]
    prices = [bar.vwap for bar in bars]
    return rounded_or_none(
        benchmarks.relative_performance(order.side, order.average_price, prices, volumes), RATIO_UNIT
    )


def _market_adjusted(order: OrderRecord) -> Decimal | None:
    cost = benchmarks.cost_bps(order.side, order.average_price, order.arrival_price)
    if cost is None or order.index is None:
        return None
    index = order.index
    adjusted = benchmarks.market_adjusted_bps(order.side, cost, index.beta, index.at_arrival, index.average)
    return rounded(adjusted, BPS_UNIT)
