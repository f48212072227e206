"""How a broker's limits are used, and how soon everything is known again after it was away for a minute."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from sql.database import open_database
from tasks.book.broker import IbkrSettings
from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.errors import BrokerError
from tasks.journal.rate_limits import WINDOW_S, JournalRateLimiter
from tasks.ports.broker import Broker
from tests.bench import order_rate
from tests.bench.far_venue import FarVenue, far_venue, world_at
from tests.bench.table import line, title
from tests.contract.alpaca.desk import open_venue, wire_to
from tests.contract.cable import Cable
from tests.contract.ibkr.venue import ExchangeClock
from tests.contract.test_contract_outage import is_whole
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy

pytestmark = pytest.mark.bench

A_MINUTE, MINUTES = 200, 5
BURST = 200
OUTAGE_S = 60.0
BACK_WITHIN_S = 5.0
ASK_AGAIN_S = 0.25
WAVE = tuple(buy(f"k{number}", 100, symbol) for number, symbol in enumerate(("AAA", "BBB", "CCC", "AAA", "BBB")))


@dataclass
class Time:
    """Stands still, except when somebody sleeps."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.mark.timeout(120)
def test_a_server_that_enforces_200_requests_a_minute_is_used_nearly_to_the_full(tmp_path: Path) -> None:
    title(f"{A_MINUTE} requests a minute, {MINUTES} minutes of simulated time")
    clock = Time()
    engine = open_database(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    allowance = JournalRateLimiter(engine, "trading", A_MINUTE, clock.now, clock.sleep)
    with open_venue(World(tmp_path), requests_per_minute=A_MINUTE, clock=clock.now) as venue:
        broker = AlpacaBroker(wire_to(venue, trading=allowance), ExchangeClock(venue.exchange), ACCOUNT)  # type: ignore[arg-type]
        began = clock.at
        for _ in range(A_MINUTE * MINUTES):
            broker.connect()
        seen, refused = venue.meter.seen, venue.meter.refused
    allowance.close()
    engine.dispose()
    used = seen / (clock.at - began + WINDOW_S) * 60 / A_MINUTE
    line("Alpaca: requests made", str(seen))
    line("Alpaca: share of the allowance that is used", f"{100 * used:.1f} %", ">= 97 %")
    line("Alpaca: requests refused with 429", str(refused), "0")
    assert used >= 0.97
    assert refused == 0


@pytest.mark.timeout(120)
def test_a_burst_of_200_orders_does_not_end_the_connection_of_a_strict_tws(tmp_path: Path) -> None:
    title(f"A TWS that hangs up on more than 50 messages a second, {BURST} orders at once")
    pace = IbkrSettings().messages_per_second
    with (
        far_venue("ibkr", world_at(tmp_path), strict=True) as venue,
        order_rate.ibkr_adapter(venue.port, messages_per_second=pace, ack_seconds=30.0) as broker,
    ):
        began = time.perf_counter()
        order_rate.through_threads(broker, threads=BURST)([f"k{number:03d}" for number in range(BURST)])
        seconds = time.perf_counter() - began
        taken, connected = len(venue.ask("truth").orders), venue.ask("clients")
    line(f"IBKR: seconds for the burst, at {pace} messages a second", f"{seconds:.2f} s", f"{BURST / pace:.1f} s")
    line("IBKR: orders taken", str(taken), str(BURST))
    line("IBKR: connections that the server ended", str(1 - connected), "0")
    assert (taken, connected) == (BURST, 1)


# ---- away for a minute ---------------------------------------------------------------------------------------------


@dataclass
class Back:
    """What an outage did."""

    seconds: float
    """From the broker's return to the first complete answer."""
    fills: int
    """Of the exchange, while nobody heard of them."""
    lost: int
    """Executions of the exchange that the broker does not tell."""
    doubled: int
    """Orders beyond one of a key, and executions told twice."""


def measured(broker: Broker, truth: Callable[[], ExchangeSnapshot], seconds: float) -> Back:
    told = [row.execution_id for row in broker.executions(TUESDAY)]
    book = truth()
    keys = [order.key for order in book.orders]
    doubled = len(keys) - len(set(keys)) + len(told) - len(set(told))
    return Back(seconds, len(book.executions), len(book.executions) - len(set(told)), doubled)


def try_all(broker: Broker, requests: tuple) -> None:
    """What a wave does: each is sent once, and who gets no answer is not sent again."""
    for request in requests:
        try:
            broker.submit(request)
        except BrokerError:
            continue


def cut_for_a_minute(broker: Broker, cable: Cable, venue: FarVenue) -> Back:
    """In real time; the market has its minute meanwhile, and fills what was sent before."""
    broker.connect()
    try_all(broker, WAVE[:3])
    cable.cut()
    began = time.perf_counter()
    try_all(broker, WAVE[3:])
    venue.ask("advance", after_open(7))
    while time.perf_counter() - began < OUTAGE_S:
        is_whole(broker)
        time.sleep(1.0)
    cable.mend()
    back = time.perf_counter()
    while not is_whole(broker):
        time.sleep(ASK_AGAIN_S)
    seconds = time.perf_counter() - back
    return measured(broker, lambda: venue.ask("truth"), seconds)


def outage_at(name: str, home: Path) -> Back:
    with far_venue(name, world_at(home)) as venue, Cable(venue.port) as cable, ExitStack() as stack:
        if name == "alpaca":
            broker = stack.enter_context(order_rate.alpaca_adapter(f"http://127.0.0.1:{cable.port}", home))
        else:
            usual = IbkrSettings().messages_per_second
            broker = stack.enter_context(order_rate.ibkr_adapter(cable.port, messages_per_second=usual))
        return cut_for_a_minute(broker, cable, venue)


def outage_of_the_simulated(home: Path) -> Back:
    """By the exchange's own clock, in which a call into a dead line takes five seconds."""
    lies = (Fault(kind=FaultKind.DISCONNECT, call=Call.PLACE, nth=4, seconds=OUTAGE_S),)
    exchange = World(home, lies, settings={"opening_cash_usd": "1e9"}).exchange()
    broker = SimulatedBroker(exchange)
    broker.connect()
    broker.open_session(TUESDAY)
    broker.wait_until(after_open(5))
    try_all(broker, WAVE)
    back = after_open(5) + timedelta(seconds=OUTAGE_S)
    while not is_whole(broker):
        broker.wait_until(broker.now() + timedelta(seconds=ASK_AGAIN_S))
    seconds = (broker.now() - back).total_seconds()
    return measured(broker, exchange.truth, seconds)


@pytest.mark.timeout(300)
def test_after_a_minute_without_the_broker_everything_is_known_again_soon(tmp_path: Path) -> None:
    title(f"The broker is away for {OUTAGE_S:.0f} s in the middle of a wave")
    with ThreadPoolExecutor(2) as both:  # each minute is waited once
        real = {name: both.submit(outage_at, name, tmp_path / name) for name in ("alpaca", "ibkr")}
        found = {name: outage.result() for name, outage in real.items()}
    found["simulated"] = outage_of_the_simulated(tmp_path / "simulated")
    for name, back in found.items():
        line(f"{name}: from its return to the first complete answer", f"{back.seconds:.2f} s", f"< {BACK_WITHIN_S} s")
        line(f"{name}: fills lost, of {back.fills} while it was away", str(back.lost), "0")
        line(f"{name}: orders or fills doubled", str(back.doubled), "0")
    assert all(back.fills for back in found.values())
    assert {(back.lost, back.doubled) for back in found.values()} == {(0, 0)}
    assert all(back.seconds < 2 * BACK_WITHIN_S for back in found.values())
