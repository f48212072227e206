"""A desk at the open, with orders on record and no wave decided: a test walks it through the session, wave by wave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.book.approval import ApprovalSettings
from tasks.book.broker import BrokerSettings
from tasks.book.data import DataSettings
from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.targets import LimitSettings
from tasks.brokers.guard import GuardedBroker
from tasks.context import StepContext, StepEvent
from tasks.execution.wave import work_wave
from tasks.journal import open_journal
from tasks.model.account import HaltState
from tasks.model.cycle import Cycle
from tasks.model.halts import Halt
from tasks.model.ledger_records import LedgerRow
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import Algorithm, OrderState, Side
from tasks.model.plan_records import PlanRecord
from tasks.orders.send_permission import RecordedPermission
from tasks.orders.waves import Wave, waves_of
from tests.unit.execution.paper_desk import CASH, CLOSE, CYCLE, NOON, OPEN, SESSION, PaperBroker

WAVES = 4
WIDE = GateSettings(
    max_order_nav_pct=100,
    max_position_pct=100,
    max_participation_pct=100,
    max_run_turnover_pct=400,
    price_collar_pct=50,
)
"""A gate that is in nobody's way, for tests of other things."""
YESTERDAY = datetime(2022, 12, 27, tzinfo=UTC)


def order(symbol: str = "AAPL", shares: Any = 40, **more: Any) -> ParentOrder:
    """A buy of 40 AAPL by VWAP, ten in each wave, decided at the market's price."""
    shares = Decimal(str(shares))
    usual: dict[str, Any] = {
        "order_id": f"o-{symbol}",
        "cycle_id": CYCLE,
        "plan_hash": "h",
        "symbol": symbol,
        "side": Side.BUY,
        "shares": shares,
        "algorithm": Algorithm.VWAP,
        "reason": "toward_target",
        "decision_price": Decimal(130),
        "decided_at": OPEN,
        "adv_shares": 1e6,
        "estimate": None,
        "schedule": tuple((number, shares / WAVES) for number in range(1, WAVES + 1)),
    }
    return ParentOrder(**{**usual, **more})


def morning(
    folder: Path,
    broker: PaperBroker,
    *orders: ParentOrder,
    life: str = "first",
    fractional: bool = True,
    risk: GateSettings | None = None,
    **execution: Any,
) -> StepContext:
    """The book holds nothing but cash; the same folder again is a new life of the program."""
    journal = open_journal(folder)
    journal.fence.take("demo", life, lambda: datetime.now(UTC), is_dead=lambda _: True)
    cycle = journal.cycles.open(
        Cycle(CYCLE, "demo", SESSION, "main", "full_auto", 1, "running", "", "b.yaml", "0" * 64, "", NOON, NOON)
    )
    if not journal.orders.orders(CYCLE):
        opening = LedgerRow("cash", "demo", "main", "opening", YESTERDAY, None, None, CASH, None, "")
        journal.books.record_entries([opening])
        journal.decisions.record_plan(PlanRecord("h", CYCLE, 1, {}, NOON))
        journal.orders.record_orders(orders or [order()])
        broker.clock = OPEN - minutes(30)
    book = SimpleNamespace(
        book="demo",
        exchange="XNYS",
        broker=BrokerSettings(),
        execution=ExecutionSettings(**{"waves": WAVES, "worked_by": "broker", **execution}),
        approval=ApprovalSettings(),
        orders=OrderSettings(fractional=fractional, fee_per_share_usd=Decimal(0), fee_minimum_usd=Decimal(0)),
        limits=LimitSettings(cash_reserve_pct=0, long_only=False),
        risk=risk or WIDE,
        data=DataSettings(),
    )
    guarded = GuardedBroker(broker, RecordedPermission(journal, "demo"))  # type: ignore[arg-type]
    return StepContext(book, folder, folder, cycle, journal, None, guarded, lambda: datetime.now(UTC))  # type: ignore[arg-type]


def waves(desk: StepContext) -> tuple[Wave, ...]:
    """Opening 0, working 1 to 4, deadline 5, settling 6."""
    return waves_of((OPEN, CLOSE), desk.book.execution)


def run(desk: StepContext, *numbers: int) -> None:
    """Work these waves, each in its time."""
    for number in numbers:
        work_wave(desk, waves(desk)[number], waves(desk))


def trades(broker: PaperBroker, key: str, shares: int) -> None:
    """So many more shares of an order fill, and the broker's word about it follows."""
    known = next(o for o in broker.book if o.key == key)
    broker.fill(key, shares, f"x{len(broker.fills) + 1}")
    filled = known.filled_shares + shares
    state = OrderState.FILLED if filled >= known.shares else OrderState.PARTIALLY_FILLED
    broker.book = [replace(o, filled_shares=filled, state=state) if o.key == key else o for o in broker.book]


def children(desk: StepContext, wave: int | None = None) -> list[Slice]:
    """On record, of one wave or of all."""
    return [s for s in desk.journal.orders.slices(desk.cycle_id) if wave in (None, s.wave)]


def notes(desk: StepContext, wave: int) -> tuple[str, ...]:
    return desk.journal.orders.wave_notes(desk.cycle_id).get(wave, ())


def sets(desk: StepContext, state: HaltState) -> None:
    """Ada sets the book to this state."""
    desk.journal.halts.record(Halt("demo", state, "Ada", "looks wrong", {}, datetime.now(UTC)))


def listened(desk: StepContext) -> tuple[StepContext, list[StepEvent]]:
    heard: list[StepEvent] = []
    return replace(desk, observer=heard.append), heard


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
