"""A desk of one wave over a broker of paper: it keeps what it is sent and lies as it is told to."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.book.approval import ApprovalSettings
from tasks.book.execution import ExecutionSettings
from tasks.book.orders import OrderSettings
from tasks.brokers.guard import GuardedBroker
from tasks.context import StepContext
from tasks.errors import BrokerError, OrderInDoubtError, OrderRefusedError, OrderUnknownError, StandingRefusalError
from tasks.journal import Journal, open_journal
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.cycle import Cycle
from tasks.model.market import MarketBar, Quote
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import (
    Algorithm,
    BrokerOrder,
    Execution,
    NativeAlgorithm,
    OrderRequest,
    OrderState,
    OrderType,
    Side,
    TimeInForce,
)
from tasks.model.plan_records import PlanRecord
from tasks.orders.collect import slices_of
from tasks.orders.send_permission import RecordedPermission

OPEN = datetime(2022, 12, 28, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
CLOSE = datetime(2022, 12, 28, 21, 0, tzinfo=UTC)
SESSION = date(2022, 12, 28)
CYCLE = "demo:2022-12-28"
ZERO = Decimal(0)
CASH = Decimal(100_000)
EVERYTHING = frozenset((kind, when) for kind in OrderType for when in TimeInForce)


@dataclass
class PaperBroker:
    """Takes every order, except for the keys it was told to lose, drop or refuse."""

    lost: set[str] = field(default_factory=set)
    """Taken, but the reply never comes."""
    dropped: set[str] = field(default_factory=set)
    """The request never arrives."""
    refused: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    """The broker names it in words that nobody understands."""
    barred: set[str] = field(default_factory=set)
    """Symbols that are refused for a reason that lasts."""
    words: str = "not today"
    """What the broker says to all of these."""
    hidden: set[str] = field(default_factory=set)
    """Lives, but no answer shows it."""
    stubborn: set[str] = field(default_factory=set)
    """Cannot be cancelled."""
    unique: bool = True
    native: frozenset[NativeAlgorithm] = frozenset()
    """What it works by itself: nothing of it fills until a test says so."""
    takes: frozenset[tuple[OrderType, TimeInForce]] = EVERYTHING
    fractions: frozenset[tuple[OrderType, TimeInForce]] = frozenset()
    """With any, fractions down to a tenth of a share are taken."""
    takes_s: float = 0.0
    """Seconds of the wall clock that every write takes."""
    silent_reads: int = 0
    """So many reads fail before one is answered."""
    name: str = "paper"
    book: list[BrokerOrder] = field(default_factory=list)
    fills: list[Execution] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    requests: list[OrderRequest] = field(default_factory=list)
    clock: datetime = NOON
    journal: Journal | None = None
    journal_at_send: dict[str, OrderState] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        quiet = timedelta(0) if self.unique else timedelta(seconds=60)
        return Capabilities(
            environment="simulated",
            takes=self.takes,
            fractions=self.fractions,
            share_step=Decimal("0.1") if self.fractions else Decimal(1),
            native=self.native,
            price_step=Decimal("0.01"),
            clock_jumps=True,
            market_data_note="",
            keys_are_unique=self.unique,
            absence_proves_after=quiet,
        )

    def now(self) -> datetime:
        return self.clock

    def wait_until(self, at: datetime) -> datetime:
        self.clock = max(self.clock, at)
        return self.clock

    def session_hours(self, _session: date) -> tuple[datetime, datetime]:
        return OPEN, CLOSE

    def submit(self, request: OrderRequest) -> BrokerOrder:
        key = request.key
        self.calls.append(f"submit {key}")
        self.requests.append(request)
        time.sleep(self.takes_s)
        if self.journal is not None:
            self.journal_at_send[key] = next(s.state for s in self.journal.orders.slices(CYCLE) if s.request.key == key)
        if key in self.refused:
            raise OrderRefusedError(self.words)
        if key in self.doubted:
            raise OrderInDoubtError(self.words)
        if request.symbol in self.barred:
            raise StandingRefusalError(self.words)
        if key in self.dropped:
            raise OrderUnknownError("the line is dead")
        known = self._living(key)
        if known is not None and self.unique:
            return known
        order = BrokerOrder(key, f"b-{key}", request.symbol, request.side, request.shares, ZERO, OrderState.ACCEPTED)
        self.book.append(order)
        if key in self.lost:
            raise OrderUnknownError("no reply")
        return order

    def cancel(self, key: str) -> BrokerOrder:
        self.calls.append(f"cancel {key}")
        time.sleep(self.takes_s)
        order = self._living(key)
        if order is None or key in self.stubborn:
            raise OrderRefusedError("cannot be cancelled")
        self.become(key, OrderState.CANCELLED)
        return next(o for o in self.book if o.key == key)

    def find_order(self, key: str) -> BrokerOrder | None:
        self.calls.append(f"find {key}")
        if self.silent_reads > 0:
            self.silent_reads -= 1
            raise BrokerError("no answer")
        return None if key in self.hidden else self._living(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        working = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
        return tuple(o for o in self.book if o.state in working and o.key not in self.hidden)

    def executions(self, _session: date) -> tuple[Execution, ...]:
        return tuple(self.fills)

    def account_state(self) -> AccountState:
        paid = sum((f.side.sign * f.shares * f.price for f in self.fills), ZERO)
        held: dict[str, Decimal] = {}
        for fill in self.fills:
            held[fill.symbol] = held.get(fill.symbol, ZERO) + fill.side.sign * fill.shares
        return AccountState("main", self.clock, CASH - paid, held)

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """A thousand shares a minute of everybody, at one price."""
        count = int((end - start) / MINUTE)
        return tuple(
            MarketBar(symbol, start + n * MINUTE, start + (n + 1) * MINUTE, *[Decimal(130)] * 4, 1000, Decimal(130))
            for n in range(count)
        )

    def statement(self, _first: date, _last: date) -> tuple[StatementLine, ...]:
        return ()

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return {s: Quote(s, self.clock, Decimal(130), Decimal(130), Decimal(130)) for s in symbols}

    # --- what a test does to it ---

    def become(self, key: str, state: OrderState) -> None:
        self.book = [replace(o, state=state) if o.key == key else o for o in self.book]

    def fill(self, key: str, shares: int, execution_id: str = "x1", **more: Any) -> None:
        order = next(o for o in self.book if o.key == key)
        self.fills.append(
            Execution(
                execution_id,
                key,
                order.symbol,
                order.side,
                Decimal(shares),
                Decimal(130),
                ZERO,
                self.clock,
                "main",
                **more,
            )
        )

    def _living(self, key: str) -> BrokerOrder | None:
        return next((o for o in self.book if o.key == key), None)


def intent(key: str, kind: OrderType = OrderType.MARKET) -> Slice:
    limit = Decimal(131) if kind is OrderType.LIMIT else None
    request = OrderRequest(key, "main", "AAPL", Side.BUY, Decimal(10), kind, TimeInForce.DAY, limit)
    return Slice(request, "o1", 1, 0, NOON, OrderState.INTENDED)


def desk_of(
    folder: Path, broker: PaperBroker, keys: Sequence[str] = ("k1", "k2", "k3"), life: str = "first"
) -> StepContext:
    """A desk whose journal holds one committed wave, an intent for each key; the same folder again is a new life."""
    journal = open_journal(folder)
    journal.fence.take("demo", life, lambda: datetime.now(UTC), is_dead=lambda _: True)
    cycle = journal.cycles.open(
        Cycle(CYCLE, "demo", SESSION, "main", "full_auto", 1, "running", "", "b.yaml", "0" * 64, "", NOON, NOON)
    )
    if not journal.orders.orders(CYCLE):
        journal.decisions.record_plan(PlanRecord("h", CYCLE, 1, {}, NOON))
        journal.orders.record_orders(
            [
                ParentOrder(
                    "o1",
                    CYCLE,
                    "h",
                    "AAPL",
                    Side.BUY,
                    Decimal(30),
                    Algorithm.TWAP,
                    "r",
                    Decimal(130),
                    NOON,
                    None,
                    None,
                    (),
                )
            ]
        )
        journal.orders.record_wave(CYCLE, 1, NOON, [intent(key) for key in keys], {})
    book = SimpleNamespace(
        book="demo", execution=ExecutionSettings(), approval=ApprovalSettings(), orders=OrderSettings()
    )
    guarded = GuardedBroker(broker, RecordedPermission(journal, "demo"))  # type: ignore[arg-type]
    return StepContext(book, folder, folder, cycle, journal, None, guarded, lambda: NOON)  # type: ignore[arg-type]


def states(desk: StepContext) -> list[OrderState]:
    return [piece.state for piece in slices_of(desk)]
