"""A session of one book at two simulated brokers, worked by the real steps: life after life, and then the truth."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.book.broker import PartSettings
from tasks.book.faults import Fault
from tasks.book.model import Book
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.factory import open_several, router_of
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.brokers.simulated.store import Store
from tasks.context import StepContext
from tasks.execution import step as execution
from tasks.execution.confirm import confirm
from tasks.holdings.step import open_book
from tasks.journal import Journal, open_journal
from tasks.journal.book_ledger import ledger_of
from tasks.model.commission import Commission
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.order_records import OrderEvent, Slice
from tasks.model.orders import Algorithm, Execution, Side
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_json import plan_hash, plan_to_json
from tasks.model.plan_records import Approval, PlanRecord
from tasks.orders.send_permission import RecordedPermission
from tasks.ports.broker import Broker
from tasks.reconciliation.by_broker import ledgers_by_part
from tasks.reconciliation.step import reconcile
from tests.simulation.life import DECIDED, PlainTask, Wall, market_of
from tests.simulation.market import SESSION, price_of, source_of, volume_of

D = Decimal
MARKET = 1
SYMBOLS = ("AAA", "BBB", "CCC")
HELD: dict[str, dict[str, int]] = {"a": {"BBB": 200}, "b": {"BBB": 100, "CCC": 50}}
"""What the two accounts open with."""
TRADES = {"AAA": (Side.BUY, 400), "BBB": (Side.SELL, 300), "CCC": (Side.BUY, 120)}
EVENING = timedelta(hours=4)
HALF_EACH: tuple[dict[str, Any], ...] = ({"to": {"a": 50, "b": 50}},)
WIDE_GATE = {
    "max_order_nav_pct": 100,
    "max_position_pct": 100,
    "max_participation_pct": 100,
    "max_run_turnover_pct": 400,
    "price_collar_pct": 50,
}
"""A gate that is in nobody's way: these worlds are about what is sent, not about what may be."""


class Killed(BaseException):
    """The process dies: nothing in the program may catch it."""


@dataclass
class Day:
    """One book, its journal, and two accounts that outlive every process."""

    home: Path
    faults: dict[str, Sequence[Fault]] = field(default_factory=dict)
    """By tag."""
    routes: Sequence[dict[str, Any]] = HALF_EACH
    waves: int = 4
    leftover: str = "sweep"
    cash: str = "500000"
    unique: bool = True
    """Whether the brokers know their keys."""
    nature: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By tag: how this part's exchange differs from the other's."""
    wall: Wall = field(default_factory=Wall)
    lives: int = 0
    several: SeveralBrokers | None = None
    """Of the newest life."""

    @property
    def book(self) -> Book:
        given = {"opening_cash_usd": self.cash, "unique_keys": self.unique}
        simulated = {tag: {**given, "opening_shares": HELD[tag], **self.nature.get(tag, {})} for tag in "ab"}
        return Book.model_validate(
            {
                "book": "two",
                "mode": "full_auto",
                "broker": {
                    "name": "several",
                    "account": "book",
                    "parts": {
                        tag: {"name": "simulated", "account": f"acct-{tag}", "simulated": simulated[tag]}
                        for tag in "ab"
                    },
                    "routes": list(self.routes),
                },
                "universe": {"symbols": list(SYMBOLS)},
                "objective": {"kind": "minimum_variance"},
                "limits": {"cash_reserve_pct": 0, "long_only": False},
                "risk": WIDE_GATE,
                "execution": {"waves": self.waves, "leftover": self.leftover, "max_participation_pct": 50},
                "approval": {"price_band_pct": 50, "expires_after_min": 10080},
            }
        )

    # ---- the brokers -----------------------------------------------------------------------------------------------

    def exchange(self, tag: str) -> Exchange:
        """One part's exchange, as another process would open it: it never lies."""
        part = self.book.broker.parts[tag]
        store = Store(self.home / "broker" / f"{part.account}.sqlite")
        return Exchange(part.account, part.simulated, market_of(MARKET), store)

    def liar(self, tag: str) -> FaultyExchange:
        """One part's exchange with the lies of the case."""
        return FaultyExchange(self.exchange(tag), FaultPlan(tuple(self.faults.get(tag, ())), 7))

    def open_part(self, part: PartSettings, tag: str) -> Broker:
        """A part's broker, in every life anew."""
        del part
        return SimulatedBroker(self.liar(tag))

    def truth(self, tag: str) -> ExchangeSnapshot:
        return self.exchange(tag).truth()

    # ---- the morning -----------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Everything before the orders: the account taken over, a plan, and a yes to it. Without faults."""
        faults, self.faults = self.faults, {}
        with self.alive() as desk:
            desk.broker.open_session(SESSION)
            prices = {s: D(str(round(price_of(MARKET, s), 2))) for s in SYMBOLS}
            account = desk.broker.account_state()
            open_book(desk, account, prices)
            held = {
                "positions": {s: str(n) for s, n in account.positions.items()},
                "cash_usd": str(account.cash),
                "prices": {s: str(p) for s, p in prices.items()},
                "locked": {},
                "nav_usd": "0",
            }
            desk.journal.cycles.record_step(
                desk.cycle, Checkpoint("holdings", {"sentence": "", "facts": held}, 0.0, DECIDED)
            )
            plan = Plan("two", "book", SESSION, 1, DECIDED, D(10**6), account.cash, _lines(prices))
            name, body = plan_hash(plan), json.loads(plan_to_json(plan))
            desk.journal.decisions.record_plan(PlanRecord(name, desk.cycle.cycle_id, 1, body, DECIDED))
            until = DECIDED + timedelta(days=2)
            desk.journal.decisions.record_approval(
                desk.cycle.cycle_id, Approval(name, "approved", "rule", "", DECIDED, until, 50.0)
            )
        self.faults = faults

    # ---- lives -----------------------------------------------------------------------------------------------------

    @contextmanager
    def alive(self) -> Iterator[StepContext]:
        """What a run opens, as its composition root does."""
        self.lives += 1
        settings = self.book.broker
        with ExitStack() as stack:
            journal = open_journal(self.home)
            stack.callback(journal.close)
            journal.fence.take("two", f"life {self.lives}", self.wall, is_dead=lambda _: True)
            stack.callback(journal.fence.release)
            self.several = open_several(settings, self.open_part)
            stack.callback(self.several.close)
            guarded = GuardedBroker(self.several, RecordedPermission(journal, "two"), patience=())
            guarded.connect()
            router = router_of(self.several, Commission(D("0.0035"), D("0.35")), fractional=True)
            yield StepContext(
                book=self.book,
                base=self.home,
                home=self.home,
                cycle=self._cycle(journal),
                journal=journal,
                source=source_of(MARKET),
                broker=guarded,
                clock=self.wall,
                router=router,
            )

    def work(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The part of a session that trades, as the rebalance flow runs it."""
        wave = execution.execute_wave
        if not isinstance(wave, PlainTask):
            monkeypatch.setattr(execution, "execute_wave", PlainTask(wave.fn))
        figures = SimpleNamespace(daily_volatility=dict.fromkeys(SYMBOLS, 0.015))
        monkeypatch.setattr(execution, "market_figures", lambda _desk: figures)
        with self.alive() as desk:
            execution.recover.fn(desk)
            execution.schedule_orders.fn(desk)
            execution.execute_waves(desk)
            confirm.fn(desk)
            reconcile.fn(desk)

    def _cycle(self, journal: Journal) -> Cycle:
        name = f"two:{SESSION.isoformat()}"
        at = self.wall()
        return journal.cycles.open(
            Cycle(name, "two", SESSION, "book", "full_auto", 1, "running", "", "two.yaml", "0" * 64, "", at, at)
        )

    # ---- afterwards ------------------------------------------------------------------------------------------------

    def slices(self) -> tuple[Slice, ...]:
        with self._journal() as journal:
            return journal.orders.slices(f"two:{SESSION.isoformat()}")

    def events(self) -> tuple[OrderEvent, ...]:
        with self._journal() as journal:
            return journal.orders.events(f"two:{SESSION.isoformat()}")

    def steps_done(self) -> set[str]:
        with self._journal() as journal:
            cycle = journal.cycles.find("two", SESSION)
            assert cycle is not None
            return {done.step for done in journal.cycles.checkpoints(cycle)}

    def an_evening_passes(self) -> None:
        """Behind everybody's back: whatever was down is up again, and knows all that it knew."""
        for tag in "ab":
            exchange = self.exchange(tag)
            exchange.advance(exchange.now() + EVENING)

    def notes(self) -> list[str]:
        with self._journal() as journal:
            waves = journal.orders.wave_notes(f"two:{SESSION.isoformat()}")
            return [note for number in sorted(waves) for note in waves[number]]

    def breaks(self) -> list[str]:
        """Sentences of every break that was ever found."""
        with self._journal() as journal:
            return [row.sentence for row in journal.books.breaks("two")]

    def assert_everything_is_true(self) -> None:
        """Both exchanges and our record agree: each order once at its broker, each fill once, every share and cent."""
        pieces = self.slices()
        with self._journal() as journal:
            fills = journal.orders.all_fills("book", "two")
            ours = ledger_of(journal, "two", "book")
            by_part = ledgers_by_part(journal.books.entries("two", "book"), fills)
            assert journal.books.breaks("two", open_only=True) == ()
        truths = {tag: self.truth(tag) for tag in "ab"}
        for tag, truth in truths.items():
            sent = [piece.request.key for piece in pieces if piece.request.key.endswith(f"~{tag}")]
            assert {order.request.key for order in truth.orders} <= set(sent)
            assert all(len(truth.orders_with(key)) <= 1 for key in sent)
            mine = [fill for fill in fills if fill.key.endswith(f"~{tag}")]
            assert all(fill.execution_id.startswith(f"{tag}:") for fill in mine)
            assert sorted(map(_terms, mine)) == sorted(map(_terms, truth.standing))
            assert by_part[tag].cash_usd == truth.cash
            assert by_part[tag].shares() == {s: n for s, n in truth.positions.items() if n}
        assert ours.cash_usd == sum(truth.cash for truth in truths.values())

    def filled(self, symbol: str, tags: str = "ab") -> Decimal:
        """Shares that the exchanges say have traded."""
        rows = [fill for tag in tags for fill in self.truth(tag).standing if fill.symbol == symbol]
        return sum((fill.shares for fill in rows), D(0))

    @contextmanager
    def _journal(self) -> Iterator[Journal]:
        journal = open_journal(self.home)
        try:
            yield journal
        finally:
            journal.close()


def _terms(fill: Execution) -> tuple[object, ...]:
    """What was traded; each wire has its own way to name an execution."""
    return fill.key, fill.symbol, fill.side, fill.shares, fill.price


def _lines(prices: dict[str, Decimal]) -> tuple[PlanLine, ...]:
    return tuple(
        PlanLine(
            symbol=symbol,
            side=side,
            shares=D(shares),
            reason="toward_target",
            sentence="a trade of the case",
            holding_shares=D(sum(held.get(symbol, 0) for held in HELD.values())),
            decision_price=prices[symbol],
            current_weight=0.0,
            target_weight=0.0,
            algorithm=Algorithm.TWAP,
            adv_shares=volume_of(MARKET, symbol),
        )
        for symbol, (side, shares) in TRADES.items()
    )
