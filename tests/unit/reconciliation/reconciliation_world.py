"""A book with a real journal on the simulated broker, and a broker's word that a test can bend."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tasks.book.approval import ApprovalSettings
from tasks.book.execution import ExecutionSettings
from tasks.brokers.account_snapshot import steady_account
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.faults.incidents import Incidents
from tasks.context import StepContext
from tasks.holdings.step import open_book
from tasks.journal import Journal, open_journal
from tasks.model.account import AccountState
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan_records import PlanRecord
from tasks.orders.collect import collect
from tasks.orders.record import record_events
from tasks.reconciliation.explain import explain, explain_and_book
from tasks.reconciliation.record import Comparison, locked_symbols, record_comparison
from tests.unit.brokers.simulated.simulated_world import TUESDAY, MemorySource, after_open, flat_week, opened

D = Decimal
PRICES = {"AAA": D(100), "BBB": D(100)}
Bend = Callable[[Any], Any]


class ToldBroker:
    """The simulated broker, with answers that a test may bend; it counts the questions."""

    def __init__(self, inner: SimulatedBroker) -> None:
        self.inner = inner
        self.account: Bend = lambda answer: answer
        self.listed: Bend = lambda answer: answer
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if callable(found):
            self.asked.append(name)
        return found

    def account_state(self) -> AccountState:
        self.asked.append("account_state")
        return self.account(self.inner.account_state())

    def executions(self, session: date) -> Sequence[Execution]:
        self.asked.append("executions")
        return self.listed(self.inner.executions(session))


@dataclass
class World:
    desk: StepContext
    broker: ToldBroker
    orders: int = 0

    @property
    def journal(self) -> Journal:
        return self.desk.journal

    @property
    def incidents(self) -> Incidents:
        return Incidents(self.broker.inner.exchange)

    # --- trading ---

    def order(self, key: str, side: Side, shares: int, symbol: str = "AAA", *, send: bool = True) -> None:
        """An order of ours that the broker has accepted, or, unsent, one that only our record thinks so of."""
        self.orders += 1
        number, now, desk = self.orders, self.broker.inner.now(), self.desk
        order_id = f"{desk.cycle_id}/o{number}"
        self.journal.orders.record_orders(
            [
                ParentOrder(
                    order_id,
                    desk.cycle_id,
                    "h",
                    symbol,
                    side,
                    D(shares),
                    Algorithm.TWAP,
                    "r",
                    D(100),
                    now,
                    None,
                    None,
                    (),
                )
            ]
        )
        request = OrderRequest(key, "main", symbol, side, D(shares), OrderType.MARKET, TimeInForce.DAY)
        intent = Slice(request, order_id, number, 0, now, OrderState.INTENDED)
        self.journal.orders.record_wave(desk.cycle_id, number, now, [intent], {})
        if send:
            self.broker.inner.submit(request)
        record_events(desk, [OrderEvent(key, OrderState.ACCEPTED, now)])

    def filled(self, key: str, side: Side, shares: int, symbol: str = "AAA") -> None:
        """The same, filled at the broker and not collected."""
        self.order(key, side, shares, symbol)
        self.minutes_pass()

    def minutes_pass(self, minutes: float = 10) -> None:
        now = max(self.broker.inner.now(), after_open(0))
        self.broker.inner.wait_until(now + (after_open(minutes) - after_open(0)))

    def next_session(self, session: date) -> "World":
        """The same book on a later session, its statement not booked yet."""
        self.broker.inner.open_session(session)
        return World(replace(self.desk, cycle=cycle_of(self.journal, session, self.desk.cycle.book_text)), self.broker)

    # --- comparing ---

    def collect(self) -> int:
        return collect(self.desk)

    def compare(self, looks: int = 3) -> Comparison:
        return record_comparison(self.desk, self.broker.account_state(), PRICES, looks=looks)

    def open_breaks(self) -> dict[str, BreakRow]:
        """By kind; of one kind there is one in these tests."""
        rows = self.journal.books.breaks("demo", open_only=True)
        return {row.kind: row for row in rows}

    def all_breaks(self) -> tuple[BreakRow, ...]:
        return self.journal.books.breaks("demo")

    def causes(self) -> dict[str, str]:
        return {kind: row.cause for kind, row in self.open_breaks().items()}

    def locked(self) -> set[str]:
        return set(locked_symbols(self.desk))

    def agrees(self) -> bool:
        """Nothing differs, nothing is open, nothing is locked."""
        return not self.compare().breaks and not self.open_breaks() and not self.locked()

    # --- a person ---

    def book(self, kind: str) -> tuple[str, ...]:
        """A person explains with --book-it, while no run is at work."""
        return self._answered(lambda j: explain_and_book(j, self.open_breaks()[kind], "simulated", "Ada", "seen", now))

    def let_stand(self, kind: str) -> None:
        """A person explains, and books nothing."""
        self._answered(lambda j: explain(j, self.open_breaks()[kind], "Ada", "known, it will go away", now()))

    def _answered(self, word: Callable[[Journal], tuple[str, ...]]) -> tuple[str, ...]:
        self.journal.fence.release()
        other = Journal.over(self.journal.engine)
        try:
            return word(other)
        finally:
            take_lease(self.journal)


def world(
    folder: Path,
    source: MemorySource | None = None,
    book_text: str = "",
    journal: Journal | None = None,
    **settings: Any,
) -> World:
    """One hundred AAA and a million USD, taken over on Tuesday, ten minutes after the open.

    A `journal` that is given is empty, and its lease is taken.
    """
    settings = {"opening_shares": {"AAA": D(100)}, "opening_cash_usd": D(1_000_000), **settings}
    told = ToldBroker(opened(folder, source or flat_week("AAA", "BBB"), **settings))
    if journal is None:
        journal = open_journal(folder)
        take_lease(journal)
    book = SimpleNamespace(book="demo", execution=ExecutionSettings(), approval=ApprovalSettings())
    cycle = cycle_of(journal, TUESDAY, book_text)
    journal.decisions.record_plan(PlanRecord("h", cycle.cycle_id, 1, {}, now()))
    desk = StepContext(book, folder, folder, cycle, journal, None, told, now)  # type: ignore[arg-type]
    open_book(desk, steady_account(told.inner), PRICES)
    told.inner.wait_until(after_open(10))
    return World(desk, told)


def cycle_of(journal: Journal, session: date, book_text: str) -> Cycle:
    name = f"demo:{session.isoformat()}"
    return journal.cycles.open(
        Cycle(name, "demo", session, "main", "full_auto", 1, "running", "", "b.yaml", "0" * 64, book_text, now(), now())
    )


def take_lease(journal: Journal) -> None:
    journal.fence.take("demo", "a run", now)


def now() -> datetime:
    return datetime.now(UTC)


def more_cash(usd: str) -> Bend:
    return lambda answer: replace(answer, cash=answer.cash + D(usd))


def more_shares(symbol: str, shares: int) -> Bend:
    return lambda answer: replace(
        answer, positions={**answer.positions, symbol: answer.positions.get(symbol, D(0)) + shares}
    )


def without_positions(answer: AccountState) -> AccountState:
    return replace(answer, positions={})


def in_turn(*bends: Bend) -> Bend:
    """The first answer is bent by the first, and so on; the last one goes on for ever."""
    left = list(bends)

    def bent(answer: Any) -> Any:
        bend = left.pop(0) if len(left) > 1 else left[0]
        return bend(answer)

    return bent


def honest(answer: Any) -> Any:
    return answer
