"""One life of the program: the real steps over a real desk, without Prefect's engine and without the optimizer."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

from flows.outcome import ended
from sql.database import open_database
from tasks.book.broker import SimulatedSettings
from tasks.book.model import Book
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.store import Store
from tasks.context import StepContext
from tasks.execution import step as execution
from tasks.execution.confirm import collect_again, confirm
from tasks.holdings.step import open_book
from tasks.journal import Journal
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_json import plan_hash, plan_to_json
from tasks.model.plan_records import Approval, PlanRecord
from tasks.orders.send_permission import RecordedPermission
from tasks.ports.broker import Broker
from tasks.reconciliation.step import reconcile, reconcile_again
from tests.simulation.facts import Facts, Trade, decimal
from tests.simulation.market import OPEN, SESSION, hours, price_of, source_of, volume_of
from tests.simulation.points import Points, WatchedBroker, watch_commits
from tests.simulation.witness import Violation, Witness

ACCOUNT = "sim"
BOOK = "sim"
DECIDED = OPEN - timedelta(minutes=60)
WIDE_GATE = {
    "max_order_nav_pct": 100,
    "max_position_pct": 100,
    "max_participation_pct": 100,
    "max_run_turnover_pct": 400,
    "price_collar_pct": 50,
}
"""A gate that is in nobody's way: these worlds are about what is sent, not about what may be."""


@dataclass
class Wall:
    """The wall clock of a world: every look at it takes a millisecond, and it can be made to jump."""

    at: datetime = DECIDED

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def jump(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Access(Protocol):
    """How lives reach the exchange, where it is not in their process."""

    def life(self) -> AbstractContextManager[Broker]:
        """One life's broker, not connected; what it has open is gone when the life is over, however it ended."""
        ...


@dataclass
class Ground:
    """What all lives of a world share: its files, its market, its clock, and who is known to be dead."""

    facts: Facts
    home: Path
    url: str
    wall: Wall = field(default_factory=Wall)
    dead: set[str] = field(default_factory=set)
    """Holders of the lease that are known to be dead."""
    seen: list[Violation] = field(default_factory=list)
    """What the witnesses of its lives saw."""
    access: Access | None = None

    @property
    def book(self) -> Book:
        return book_of(self.facts)

    @property
    def broker_file(self) -> Path:
        return self.home / "broker" / f"{ACCOUNT}.sqlite"


def book_of(facts: Facts) -> Book:
    """The book file of a world; the optimizer's sections stand at their usual values."""
    held = {trade.symbol: Decimal(trade.held) for trade in facts.trades if trade.held}
    simulated: dict[str, Any] = {
        "opening_cash_usd": facts.cash,
        "opening_shares": held,
        "max_participation_pct": facts.exchange_participation_pct,
        **facts.broker,
    }
    return Book.model_validate(
        {
            "book": BOOK,
            "mode": "full_auto",
            "broker": {"account": ACCOUNT, "simulated": simulated},
            "universe": {"symbols": [trade.symbol for trade in facts.trades]},
            "objective": {"kind": "minimum_variance"},
            "limits": {"cash_reserve_pct": 0, "long_only": False},
            "risk": WIDE_GATE,
            "execution": {
                "waves": facts.waves,
                "unknown_deadline_min": facts.deadline_min,
                "child_order": facts.child_order,
                "leftover": facts.leftover,
                "limit_offset_bps": facts.limit_offset_bps,
                "max_participation_pct": facts.participation_pct,
            },
            "approval": {"price_band_pct": 50, "expires_after_min": 10080},
        }
    )


@lru_cache(maxsize=64)
def market_of(variant: int) -> Market:
    """Tapes are made once for all worlds of a market: nothing in them depends on who asks."""
    return Market(source_of(variant), SimulatedSettings(), hours)


def open_truth(ground: Ground) -> Exchange:
    """The exchange itself, with its own connection to its memory, as another process would have it."""
    return Exchange(ACCOUNT, ground.book.broker.simulated, market_of(ground.facts.market), Store(ground.broker_file))


def open_exchange(ground: Ground) -> SimulatedBroker:
    """The broker of the book, with all its lies; what `open_broker` builds, over tapes that are made already."""
    chosen = ground.book.broker.simulated
    return SimulatedBroker(open_liar(ground) if chosen.faults else open_truth(ground))


def open_liar(ground: Ground) -> FaultyExchange:
    """The exchange with all its lies, also where there are none."""
    chosen = ground.book.broker.simulated
    return FaultyExchange(open_truth(ground), FaultPlan(chosen.faults, chosen.seed))


@contextmanager
def broker_of(ground: Ground) -> Iterator[Broker]:
    """One life's broker."""
    if ground.access is not None:
        with ground.access.life() as broker:
            yield broker
        return
    broker = open_exchange(ground)
    try:
        yield broker
    finally:
        close_exchange(broker)


# ---- the morning: everything before the orders ---------------------------------------------------------------------


def prepare(ground: Ground) -> None:
    """Bring a home to where a plan is made and approved: what the lives of a world begin with."""
    journal, broker = open_journal_at(ground), SimulatedBroker(open_truth(ground))
    broker.open_session(SESSION)
    journal.fence.take(BOOK, "the morning", ground.wall)
    cycle = journal.cycles.open(_cycle(ground))
    desk = desk_over(ground, journal, broker, cycle)
    prices = {t.symbol: decimal(price_of(ground.facts.market, t.symbol)) for t in ground.facts.trades}
    account = broker.account_state()
    open_book(desk, account, prices)
    facts = {"positions": {s: str(n) for s, n in account.positions.items()}, "cash_usd": str(account.cash)}
    held = {**facts, "prices": {s: str(p) for s, p in prices.items()}, "locked": {}, "nav_usd": "0"}
    journal.cycles.record_step(cycle, Checkpoint("holdings", {"sentence": "", "facts": held}, 0.0, DECIDED))
    plan = plan_of_facts(ground.facts, prices)
    name = plan_hash(plan)
    body = json.loads(plan_to_json(plan))
    journal.decisions.record_plan(PlanRecord(name, cycle.cycle_id, 1, body, DECIDED))
    until = DECIDED + timedelta(days=2)
    journal.decisions.record_approval(cycle.cycle_id, Approval(name, "approved", "rule", "", DECIDED, until, 50.0))
    journal.fence.release()
    close(journal, broker)


def plan_of_facts(facts: Facts, prices: dict[str, Decimal]) -> Plan:
    lines = tuple(_line(facts, trade, prices[trade.symbol]) for trade in facts.trades)
    return Plan(BOOK, ACCOUNT, SESSION, 1, DECIDED, Decimal(1_000_000), Decimal(facts.cash), lines)


def _line(facts: Facts, trade: Trade, price: Decimal) -> PlanLine:
    return PlanLine(
        symbol=trade.symbol,
        side=trade.side,
        shares=Decimal(trade.shares),
        reason="toward_target",
        sentence="a trade of the simulation",
        holding_shares=Decimal(trade.held),
        decision_price=price,
        current_weight=0.0,
        target_weight=0.0,
        algorithm=trade.algorithm,
        adv_shares=volume_of(facts.market, trade.symbol),
    )


def _cycle(ground: Ground) -> Cycle:
    return Cycle(
        cycle_id=f"{BOOK}:{SESSION.isoformat()}",
        book=BOOK,
        session=SESSION,
        account=ACCOUNT,
        mode="full_auto",
        attempt=1,
        status="running",
        message="",
        book_file="sim.yaml",
        book_sha256="0" * 64,
        book_text="",
        created_at=ground.wall(),
        changed_at=ground.wall(),
    )


# ---- one life ------------------------------------------------------------------------------------------------------


_known_dialects: dict[str, tuple[Any, Any]] = {}


def open_journal_at(ground: Ground) -> Journal:
    """A journal over a new engine, which knows at once what engines before it have learnt of every statement."""
    engine = open_database(ground.url)
    dialect, compiled = _known_dialects.setdefault(engine.dialect.name, (engine.dialect, engine._compiled_cache))
    engine.dialect, engine.pool._dialect, engine._compiled_cache = dialect, dialect, compiled
    engine.pool._pre_ping = False
    return Journal.over(engine)


def close(journal: Journal, broker: SimulatedBroker) -> None:
    journal.close()
    close_exchange(broker)


def close_exchange(broker: SimulatedBroker) -> None:
    truth = broker.exchange.inner if isinstance(broker.exchange, FaultyExchange) else broker.exchange
    truth.store.close()


def desk_over(
    ground: Ground, journal: Journal, broker: Any, cycle: Cycle, listener: Any = lambda _: None
) -> StepContext:
    return StepContext(
        book=ground.book,
        base=ground.home,
        home=ground.home,
        cycle=cycle,
        journal=journal,
        source=source_of(ground.facts.market),
        broker=broker,
        clock=ground.wall,
        observer=listener,
    )


@contextmanager
def alive(
    ground: Ground, points: Points, holder: str, witness: Witness, is_dead: Callable[[str], bool] | None = None
) -> Iterator[StepContext]:
    """Open what a run opens, as its composition root does; closed without a word when the life ends.

    Raises: LeaseHeldError when another life has the book.
    """
    journal = open_journal_at(ground)
    watch_commits(journal.engine, points)
    with broker_of(ground) as broker:
        try:
            journal.fence.take(BOOK, holder, ground.wall, is_dead=is_dead or ground.dead.__contains__)
            watched = WatchedBroker(broker, points, witness.life(holder, lambda: journal.fence.token))
            guarded = GuardedBroker(watched, RecordedPermission(journal, BOOK))  # type: ignore[arg-type]
            guarded.connect()
            cycle = journal.cycles.find(BOOK, SESSION)
            assert cycle is not None, "prepared"
            desk = desk_over(ground, journal, guarded, cycle, lambda event: points.enter(event.step))
            with ended(desk):
                yield desk
        finally:
            try:
                points.enter("closing")
                journal.fence.release()
            finally:
                journal.close()


class PlainTask:
    """Stands where Prefect's task is: the same function without the engine around it."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self.fn = work

    def with_options(self, **_options: Any) -> Callable[..., Any]:
        return self.fn

    def __call__(self, *words: Any) -> Any:
        return self.fn(*words)


def without_prefect(facts: Facts) -> None:
    """Let the waves run as plain calls, and give the schedule its volatilities without a snapshot of prices."""
    if not isinstance(execution.execute_wave, PlainTask):
        execution.execute_wave = PlainTask(execution.execute_wave.fn)  # type: ignore[assignment]
    figures = SimpleNamespace(daily_volatility={t.symbol: 0.015 for t in facts.trades})
    execution.market_figures = lambda _desk: figures  # type: ignore[assignment]


def work(desk: StepContext) -> None:
    """The part of a session that trades, as the rebalance flow runs it."""
    execution.recover.fn(desk)
    execution.schedule_orders.fn(desk)
    execution.execute_waves(desk)
    confirm.fn(desk)
    reconcile.fn(desk)


def review(desk: StepContext) -> None:
    """The end of the day: what came late is collected, and both sides are compared once more."""
    collect_again.fn(desk)
    reconcile_again.fn(desk)
