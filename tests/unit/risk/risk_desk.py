"""A desk with a real journal and a broker that only tells prices and the time: for measuring and braking."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.book.breakers import BreakerSettings
from tasks.book.orders import GateSettings
from tasks.context import StepContext, StepEvent
from tasks.journal import open_journal
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.ledger_records import LedgerRow
from tasks.model.market import Quote
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan import CostEstimate
from tasks.model.plan_records import PlanRecord

YESTERDAY, SESSION = date(2022, 12, 27), date(2022, 12, 28)
OPEN, NOON, CLOSE = (datetime(2022, 12, 28, hour, minute, tzinfo=UTC) for hour, minute in ((14, 30), (17, 0), (21, 0)))
ZERO = Decimal(0)


@dataclass
class Ticker:
    """A broker of which only the clock and the quotes are asked."""

    prices: dict[str, Decimal] = field(default_factory=lambda: {"AAPL": Decimal(100), "XOM": Decimal(50)})
    clock: datetime = NOON
    quoted_at: dict[str, datetime] = field(default_factory=dict)
    """When a quote is not from now."""

    def now(self) -> datetime:
        return self.clock

    def session_hours(self, _session: date) -> tuple[datetime, datetime]:
        return OPEN, CLOSE

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return {s: Quote(s, self.quoted_at.get(s, self.clock), p, p, p) for s, p in self.prices.items() if s in symbols}


@dataclass
class Room:
    """A desk, and what a test does to its world."""

    desk: StepContext
    ticker: Ticker
    heard: list[StepEvent]

    def falls_to(self, aapl: str) -> None:
        self.ticker.prices["AAPL"] = Decimal(aapl)

    def sends(self, key: str, *states: OrderState, at: datetime = NOON, reason: str = "") -> None:
        """One order of 10 AAPL in a wave of its own, through these states."""
        number = len(self.desk.journal.orders.slices(self.desk.cycle_id)) + 1
        request = OrderRequest(key, "main", "AAPL", Side.BUY, Decimal(10), OrderType.MARKET, TimeInForce.DAY)
        intent = Slice(request, "o1", number, 0, at, OrderState.INTENDED)
        self.desk.journal.orders.record_wave(self.desk.cycle_id, number, at, [intent], {})
        self.desk.journal.orders.add_events([OrderEvent(key, state, at, "", reason) for state in states])

    def fills(self, key: str, shares: int, price: str, fee: str = "0", **more: Any) -> None:
        fill = Execution(f"x-{key}", key, "AAPL", Side.BUY, Decimal(shares), Decimal(price), Decimal(fee), NOON, "main")
        self.desk.journal.orders.record_fills("paper", self.desk.cycle_id, [replace(fill, **more)])

    def as_liquidation(self) -> "Room":
        """The same room in a liquidation of the same session, with its own stock taken."""
        fresh = replace(self.desk.cycle, cycle_id="demo:2022-12-28:liq", kind="liquidation")
        cycle = self.desk.journal.cycles.open(fresh)
        self.desk.journal.cycles.record_step(cycle, Checkpoint("holdings", {}, 0.1, NOON))
        return replace(self, desk=replace(self.desk, cycle=cycle))


def room(folder: Path, *, stock_taken: bool = True, valued: bool = True, **breakers: Any) -> Room:
    """10,000 USD of cash and 900 AAPL that closed at 100 yesterday: 100,000 USD in all."""
    journal = open_journal(folder)
    journal.fence.take("demo", "this test", lambda: NOON)
    journal.cycles.open(
        Cycle(
            "demo:2022-12-28",
            "demo",
            SESSION,
            "main",
            "full_auto",
            1,
            "running",
            "",
            "b.yaml",
            "0" * 64,
            "",
            NOON,
            NOON,
        )
    )
    cycle = journal.cycles.find("demo", SESSION)
    assert cycle is not None
    at = datetime(2022, 12, 20, 14, 0, tzinfo=UTC)
    row = LedgerRow("cash", "demo", "main", "opening", at, None, None, Decimal(10_000), None, "")
    shares = replace(row, entry_id="shares", symbol="AAPL", shares=Decimal(900), amount_usd=None, price=Decimal(90))
    journal.books.record_entries([row, shares])
    if valued:
        prices = {"AAPL": Decimal(100)}
        journal.books.record_valuation("demo", YESTERDAY, Decimal(100_000), Decimal(10_000), prices)
    if stock_taken:
        journal.cycles.record_step(cycle, Checkpoint("holdings", {}, 0.1, NOON))
    journal.decisions.record_plan(PlanRecord("h", cycle.cycle_id, 1, {}, NOON))
    order = ParentOrder(
        "o1", cycle.cycle_id, "h", "AAPL", Side.BUY, Decimal(1000), Algorithm.TWAP, "toward_target", Decimal(100), NOON,
        None, CostEstimate(60.0, 30.0, 10.0, "model"), (), {"main": Decimal(1000)},
    )  # fmt: skip
    journal.orders.record_orders([order])
    journal.orders.record_marks([("o1", "arrival", NOON, Decimal(100))])
    ticker, heard = Ticker(), list[StepEvent]()
    book = SimpleNamespace(book="demo", risk=GateSettings(breakers=BreakerSettings(**breakers)))
    desk = StepContext(book, folder, folder, cycle, journal, None, ticker, lambda: NOON, heard.append)  # type: ignore[arg-type]
    return Room(desk, ticker, heard)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
