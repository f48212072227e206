"""A small desk to test reports with: a session of bars, orders worked through it, and a report's inputs."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from tasks.model.audit_flaws import Entry
from tasks.model.market import MarketBar
from tasks.model.orders import Algorithm, Execution, OrderState, Side
from tasks.model.plan import CostEstimate, Finding, Plan, PlanLine, Severity
from tasks.model.quotes_seen import Moment, QuoteSeen
from tasks.tca.inputs import (
    ApprovalRecord,
    OrderRecord,
    ReportInputs,
    SliceRecord,
    StepRecord,
    TargetsSummary,
    WaveRecord,
)
from tasks.tca.session_record import (
    CheckFigure,
    OrderTrail,
    Preparer,
    Provenance,
    RunRecord,
    SessionException,
    StateChange,
)

SESSION = date(2022, 6, 15)
OPEN = datetime(2022, 6, 15, 13, 30, tzinfo=UTC)
CLOSE = datetime(2022, 6, 15, 20, 0, tzinfo=UTC)
DECIDED = datetime(2022, 6, 15, 12, 45, tzinfo=UTC)
ARRIVED = OPEN + timedelta(minutes=5)
PLAN_HASH = "9f2c6e0b1d4a8c7735e1f06b2a9d84c3570e6b1fd2a84c9937e5b0a61cd8f243"
CENT = Decimal("0.01")

PROVENANCE = Provenance(
    preparer=Preparer("0.1.0", "5efd8f1" + "0" * 33, "desk-1", "UTC (UTC+0000)"),
    attempt=2,
    mode="manual",
    runs=(RunRecord("0f8fad5b-d9cb-469f-a165-70867728950e", DECIDED - timedelta(minutes=5), 41),),
    requested_by="Ada Byron",
    book_sha256="b00c" * 16,
    book_file="books/core.yaml",
)
EXCEPTIONS = (
    SessionException(
        "halt", "core", DECIDED - timedelta(minutes=50), "halted, already in force: a check.", "Ada Byron", 7
    ),
    SessionException("cancelled", "KO", CLOSE, "5 child orders cancelled: the session is over.", "", 31),
)


def trail_of(shares: Decimal, keys: list[str]) -> OrderTrail:
    """As the record has it: one check, each child order sent, one entry a row."""
    changes = [StateChange(key, "sent", ARRIVED, f"b-{key}", "", 10 + n) for n, key in enumerate(keys)]
    entries = [Entry(10 + n, "order_events", str(n), "ab" * 32, "cd" * 32) for n, _ in enumerate(keys)]
    checks = (CheckFigure("order_size", "$120,000.00", "$2,000,000.00", "passed"),)
    return OrderTrail(
        "simulated", "the only broker of the book", {"main": shares}, checks, DECIDED, tuple(changes), tuple(entries)
    )


def bar(
    symbol: str, minute: int, price: Decimal | str, volume: int, auction: str | None = None, length: int = 1
) -> MarketBar:
    at, price = OPEN + timedelta(minutes=minute), Decimal(price)
    end = at + timedelta(minutes=length)
    return MarketBar(symbol, at, end, price, price, price, price, volume, price, auction)


def session_bars(symbol: str, start_price: float, seed: int, daily_volume: int = 4_000_000) -> tuple[MarketBar, ...]:
    """A random walk with a U-shaped volume, an opening and a closing auction; same seed, same session."""
    rng, price, bars = random.Random(f"{symbol}{seed}"), start_price, []
    weights = [1.0 + 1.6 * abs(minute / 195 - 1) ** 2 for minute in range(390)]
    bars.append(bar(symbol, 0, _price(price), int(daily_volume * 0.02), "open", 0))
    for minute, weight in enumerate(weights):
        price *= 1 + rng.gauss(0.000005, 0.0006)
        volume = int(daily_volume * 0.9 * weight / sum(weights) * rng.uniform(0.7, 1.3))
        bars.append(bar(symbol, minute, _price(price), volume))
    bars.append(bar(symbol, 390, _price(price), int(daily_volume * 0.08), "close", 0))
    return tuple(bars)


def _price(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(CENT)


def fill(
    number: int,
    shares: Decimal | int | str,
    price: Decimal | float | str,
    side: Side = Side.BUY,
    symbol: str = "ABC",
    fee: Decimal | str = "0",
    at: datetime = ARRIVED,
    key: str = "",
) -> Execution:
    shares, price = Decimal(shares), Decimal(str(price))
    execution_id, key = f"X{symbol}{number:04d}", key or f"core-20220615-1-{symbol}-{number}"
    return Execution(execution_id, key, symbol, side, shares, price, Decimal(fee), at, "main", "SIM")


def seen(of: Execution, bid: str, ask: str, moment: Moment = Moment.SENT, at: datetime = ARRIVED) -> QuoteSeen:
    """The quote at the sending of a fill's child order, or at the collection of the fill."""
    execution_id = of.execution_id if moment is Moment.FILLED else ""
    return QuoteSeen("core", of.key, moment, execution_id, at, at, Decimal(bid), Decimal(ask), None, None, "SIP")


def order(side: Side = Side.BUY, shares: Decimal | int | str = 1000, **known: Any) -> OrderRecord:
    """An order with nothing unusual; name only what the case is about."""
    symbol = known.get("symbol", "ABC")
    facts: dict[str, Any] = {
        "order_id": f"core-20220615-1-{symbol}",
        "symbol": symbol,
        "sector": "Technology",
        "side": side,
        "shares": Decimal(shares),
        "algorithm": Algorithm.VWAP,
        "account": "main",
        "decided_at": DECIDED,
        "decision_price": Decimal(10),
        "arrival_at": ARRIVED,
        "arrival_price": Decimal("10.20"),
        "ended_at": CLOSE,
        "end_price": Decimal("10.40"),
        "fills": (),
        "adv_shares": None,
        "estimate": None,
        "reason": "toward_target",
        "schedule": (),
        "market": (),
        "previous_close": Decimal("9.95"),
        "session_close": Decimal("10.40"),
        "session_open": Decimal("10.10"),
        "half_spread_bps": 2.0,
    }
    return OrderRecord(**(facts | known))


@cache
def worked_order(
    symbol: str,
    sector: str,
    side: Side,
    shares: int,
    start_price: float,
    algorithm: Algorithm,
    fill_share: float = 1.0,
    waves: int = 13,
    seed: int = 3,
) -> OrderRecord:
    """An order sliced evenly over the day and filled at the bar's price plus half a spread and a little impact."""
    bars = session_bars(symbol, start_price, seed)
    decision = _price(start_price * (1 + random.Random(f"{symbol}gap").gauss(0, 0.002)))
    order_id, schedule, fills, slices = f"core-20220615-1-{symbol}", [], [], []
    for wave in range(waves):
        at = OPEN + timedelta(minutes=5 + wave * 29)
        planned = Decimal(shares // waves + (1 if wave < shares % waves else 0))
        key = f"{order_id}-{wave + 1:02d}"
        schedule.append((at, planned))
        done = planned if wave < waves * fill_share else Decimal(0)
        market = next(b for b in bars if b.auction is None and b.start <= at < b.end)
        price = (market.close * (1 + side.sign * Decimal("0.0003"))).quantize(Decimal("0.0001"))
        if done:
            fee = max(done * Decimal("0.0035"), Decimal("0.35"))
            fills.append(fill(wave, done, price, side, symbol, fee, at + timedelta(seconds=7 + wave), key))
        state = OrderState.FILLED if done else OrderState.CANCELLED
        slices.append(
            SliceRecord(key, at, planned, state, at + timedelta(seconds=1), done, price, "", "", "limit", "day")
        )
    adv, notional = 4_000_000.0, shares * start_price
    return order(
        side,
        shares,
        order_id=order_id,
        symbol=symbol,
        sector=sector,
        algorithm=algorithm,
        decision_price=decision,
        arrival_price=bars[1].open,
        fills=tuple(fills),
        adv_shares=adv,
        estimate=CostEstimate(notional * 2e-4, notional * 0.02 * (shares / adv) ** 0.5 * 0.6, shares * 0.0035, "3/2"),
        schedule=tuple(schedule),
        market=bars,
        session_open=bars[0].close,
        session_close=bars[-1].close,
        end_price=bars[-1].close,
        previous_close=_price(start_price * 0.996),
        slices=tuple(slices),
        daily_volatility=0.018,
        trail=trail_of(Decimal(shares), [piece.key for piece in slices]),
    )


NAMES = (
    ("AAPL", "Technology", Side.BUY, 4200, 135.43, Algorithm.VWAP, 1.0),
    ("AMD", "Technology", Side.SELL, 3900, 86.99, Algorithm.VWAP, 1.0),
    ("BAC", "Financials", Side.BUY, 21000, 31.92, Algorithm.TWAP, 1.0),
    ("CVX", "Energy", Side.SELL, 1800, 162.41, Algorithm.VWAP, 1.0),
    ("GE", "Industrials", Side.BUY, 2600, 66.10, Algorithm.IMPLEMENTATION_SHORTFALL, 1.0),
    ("JNJ", "Health care", Side.BUY, 950, 170.77, Algorithm.VWAP, 1.0),
    ("JPM", "Financials", Side.SELL, 2400, 114.03, Algorithm.VWAP, 1.0),
    ("KO", "Staples", Side.BUY, 5200, 59.35, Algorithm.TWAP, 0.6),
    ("PEP", "Staples", Side.SELL, 700, 157.02, Algorithm.VWAP, 1.0),
    ("XOM", "Energy", Side.SELL, 60_000, 94.07, Algorithm.POV, 0.85),
    ("WMT", "Staples", Side.BUY, 1100, 119.87, Algorithm.AT_CLOSE, 0.0),
)


def plan_for(orders: tuple[OrderRecord, ...]) -> Plan:
    lines = [
        PlanLine(
            o.symbol,
            o.side,
            o.shares,
            o.reason,
            f"{o.symbol}: {o.side} {o.shares} shares brings the weight from 4.10 % to its target of 5.00 %.",
            Decimal(3000),
            o.decision_price,
            0.041,
            0.05,
            o.algorithm,
            o.adv_shares,
            o.estimate,
        )
        for o in orders
    ]
    lines.append(
        PlanLine(
            "MSFT",
            None,
            Decimal(0),
            "inside_band",
            "MSFT: 6.20 % is within 1.00 percentage point of its target of 6.05 %.",
            Decimal(2460),
            Decimal("251.76"),
            0.062,
            0.0605,
        )
    )
    return Plan("core", "main", SESSION, 1, DECIDED, Decimal("9_995_410.22"), Decimal("104_221.07"), tuple(lines))


def report_inputs(orders: tuple[OrderRecord, ...] | None = None, **known: Any) -> ReportInputs:
    orders = tuple(worked_order(*name) for name in NAMES) if orders is None else orders
    facts: dict[str, Any] = {
        "book": "core",
        "session": SESSION,
        "account": "main",
        "plan_hash": PLAN_HASH,
        "snapshot_sha256": "41c7" * 16,
        "findings": (
            Finding(Severity.INFO, "coverage", "universe", "20 of 20 symbols have all 504 sessions."),
            Finding(
                Severity.WARN, "large_move", "AMD", "AMD fell 8.3 % on 2022-06-13; above the 8 % that is looked at."
            ),
        ),
        "plan": plan_for(orders),
        "orders": orders,
        "breaks": (),
        "waves": tuple(
            WaveRecord(n + 1, OPEN + timedelta(minutes=5 + 29 * n), 10, Decimal(7800), Decimal(7650)) for n in range(13)
        ),
        "steps": (
            StepRecord("download", DECIDED - timedelta(minutes=4), 1.8),
            StepRecord("check", DECIDED - timedelta(minutes=3), 9.41),
            StepRecord("optimize", DECIDED - timedelta(minutes=2), 0.37),
        ),
        "generated_at": CLOSE + timedelta(minutes=30),
        "reconciled_at": CLOSE + timedelta(minutes=20),
        "provenance": PROVENANCE,
        "exceptions": EXCEPTIONS,
        "market_note": "modelled from daily bars: intraday prices, volumes and spreads are simulated, closes are real.",
        "approval": ApprovalRecord("j.keller", DECIDED + timedelta(minutes=12), PLAN_HASH, comment="Within mandate."),
        "targets": TargetsSummary(
            {"risk": 0.0153, "cost": 0.00042, "return": 0.0},
            ("max_weight_pct 10 % binds for XOM (shadow price 0.0021)", "max_turnover_pct 20 % binds"),
            "CLARABEL",
        ),
        "drift_sentence": "Traded: XOM is 1.84 percentage points above its target, beyond the band of 1.00.",
        "links": {"Data docs": "data_docs/index.html", "Plan": "plan.json"},
    }
    return ReportInputs(**(facts | known))
