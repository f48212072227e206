"""What safety costs: a wave of 500 orders through journal, fence, audit and guard, and the same loop without them."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tasks.brokers.guard import GuardedBroker
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import Algorithm, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.orders.send_permission import RecordedPermission
from tasks.orders.submit import send_fresh
from tests.databases import postgres_url
from tests.simulation.databases import PostgresDatabases, SqliteDatabases
from tests.simulation.facts import Facts, draw
from tests.simulation.life import (
    ACCOUNT,
    BOOK,
    Ground,
    desk_over,
    open_journal_at,
    open_truth,
    prepare,
    without_prefect,
)
from tests.simulation.market import OPEN, SESSION, SYMBOLS

pytestmark = pytest.mark.bench
__all__ = ["postgres_url"]

ORDERS = 500
ROUNDS = 5


def quiet_facts() -> Facts:
    """A world without lies or kills and with cash for everything."""
    return replace(draw(0), faults=(), lives=(), halt=None, cash=10**9, unique_keys=True)


def requests(prefix: str) -> list[OrderRequest]:
    return [
        OrderRequest(
            key=f"{prefix}-{number:04d}",
            account=ACCOUNT,
            symbol=SYMBOLS[number % 2],
            side=Side.BUY,
            shares=Decimal(1),
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY,
        )
        for number in range(ORDERS)
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_wave_of_500_orders_with_and_without_the_safety(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The loop without it submits to the same simulated exchange and keeps the answers in a list."""
    databases: Any = (
        SqliteDatabases(tmp_path)
        if database == "sqlite"
        else PostgresDatabases(request.getfixturevalue("postgres_url"), "bench")
    )
    ratios, safe_rates, bare_rates = [], [], []
    for number in range(ROUNDS):
        bare = without_safety(morning(tmp_path / f"bare{number}", databases))
        safe = with_safety(morning(tmp_path / f"safe{number}", databases))
        ratios.append(safe / bare)
        safe_rates.append(ORDERS / safe)
        bare_rates.append(ORDERS / bare)
    print(
        f"\n{ORDERS} orders on {database}: {median(bare_rates):,.0f} a second bare, {median(safe_rates):,.0f} with "
        f"journal, fence, audit and guard: {median(ratios):.2f} times as long (rounds: "
        f"{', '.join(f'{ratio:.2f}' for ratio in sorted(ratios))})"
    )


def morning(home: Path, databases: Any) -> Ground:
    """A home of its own: an exchange is slower with every order that works in the account already."""
    home.mkdir()
    ground = Ground(quiet_facts(), home, databases.new(home))
    without_prefect(ground.facts)
    prepare(ground)
    return ground


def without_safety(ground: Ground) -> float:
    """Seconds of the bare loop."""
    broker = SimulatedBroker(open_truth(ground))
    broker.wait_until(OPEN + timedelta(minutes=5))
    began = time.perf_counter()
    answers = [broker.submit(wanted) for wanted in requests("bare")]
    bare = time.perf_counter() - began
    assert len(answers) == ORDERS
    return bare


def with_safety(ground: Ground) -> float:
    """Seconds of the same number of orders through everything."""
    journal, broker = open_journal_at(ground), SimulatedBroker(open_truth(ground))
    broker.wait_until(OPEN + timedelta(minutes=5))
    journal.fence.take(BOOK, "the bench", ground.wall)
    cycle = journal.cycles.find(BOOK, SESSION)
    assert cycle is not None, "prepared"
    desk = desk_over(ground, journal, GuardedBroker(broker, RecordedPermission(journal, BOOK)), cycle)
    intents = intents_of(journal, cycle.cycle_id, requests("safe"))
    began = time.perf_counter()
    journal.orders.record_wave(cycle.cycle_id, 1, broker.now(), intents, {})
    sent = send_fresh(desk, intents)
    safe = time.perf_counter() - began
    assert not sent.refusals
    assert {piece.state for piece in journal.orders.slices(cycle.cycle_id)} == {OrderState.ACCEPTED}
    journal.close()
    return safe


def intents_of(journal: Any, cycle_id: str, wanted: Sequence[OrderRequest]) -> list[Slice]:
    """One block order a symbol, one slice a request."""
    plan = journal.decisions.newest_plan(cycle_id)
    orders = [
        ParentOrder(
            order_id=f"{cycle_id}/r1/{symbol}/BUY",
            cycle_id=cycle_id,
            plan_hash=plan.plan_hash,
            symbol=symbol,
            side=Side.BUY,
            shares=Decimal(ORDERS),
            algorithm=Algorithm.TWAP,
            reason="toward_target",
            decision_price=Decimal(100),
            decided_at=OPEN,
            adv_shares=None,
            estimate=None,
            schedule=(),
        )
        for symbol in SYMBOLS[:2]
    ]
    journal.orders.record_orders(orders)
    of = {order.symbol: order.order_id for order in orders}
    return [Slice(w, of[w.symbol], 1, 0, OPEN, OrderState.INTENDED) for w in wanted]
