"""What a real broker's adapter costs and how soon it is back: orders a second, acknowledgements, limits, an outage.

Both brokers' own client libraries speak to venues on this machine. A ratio compares two things in one run; a time is
printed and asserted only generously, as machines differ.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest

from tasks.book.broker import IbkrSettings
from tasks.model.orders import OrderState
from tasks.ports.broker import Broker
from tasks.reconciliation.compare import Ours, Theirs, compare
from tests.bench import order_rate
from tests.bench.far_venue import FarVenue, far_venue, world_at
from tests.bench.table import line, title
from tests.contract.cable import Cable
from tests.unit.brokers.simulated.simulated_world import buy, flat_week

pytestmark = pytest.mark.bench

ROUNDS, ORDERS, A_TURN = 5, 120, 10
DELAY_S = 0.05
"""On each way: a round trip is twice that. Connecting takes no time, and each broker connects once."""
POSITIONS = 500
LEAST_RATIO = 0.8
GENEROUS = 4
"""So many times an aim in seconds may be missed on a slow machine before a test fails."""


# ---- orders a second -----------------------------------------------------------------------------------------------


def rounds_of(
    wire: str, home: Path, opened: Callable[[FarVenue, Path, ExitStack], tuple[order_rate.Send, order_rate.Send]]
) -> list[tuple[float, float]]:
    """Rates of library and adapter, a new venue for each round.

    They take turns, a few orders each, now one first and now the other: the venue's work grows with its orders.
    """
    rounds = []
    for number in range(ROUNDS + 1):
        place = home / f"round{number}"
        with far_venue(wire, world_at(place)) as venue, ExitStack() as stack:
            senders = opened(venue, place, stack)
            seconds = [0.0, 0.0]
            for turn in range(ORDERS // A_TURN):
                for who in (0, 1) if turn % 2 else (1, 0):
                    keys = [f"{'bo'[who]}{turn:03d}-{n}" for n in range(A_TURN)]
                    seconds[who] += order_rate.seconds(senders[who], keys)
            assert len(venue.ask("truth").orders) == 2 * ORDERS
        rounds.append((ORDERS / seconds[0], ORDERS / seconds[1]))
    return rounds[1:]  # the first one warms up


def told(what: str, rounds: list[tuple[float, float]]) -> float:
    bare, ours = (median(rates) for rates in zip(*rounds, strict=True))
    line(f"{what}: the bare client library", f"{bare:.0f} orders/s")
    line(f"{what}: through the adapter", f"{ours:.0f} orders/s")
    found = order_rate.ratio(rounds)
    line(f"{what}: adapter / library, median of {ROUNDS} rounds", f"{found:.2f}", f">= {LEAST_RATIO}")
    return found


@pytest.mark.timeout(300)
def test_the_alpaca_adapter_sends_nearly_as_fast_as_the_bare_library(tmp_path: Path) -> None:
    title("Alpaca, orders one after the other, each acknowledged")

    def opened(venue: FarVenue, place: Path, stack: ExitStack) -> tuple[order_rate.Send, order_rate.Send]:
        adapter = stack.enter_context(order_rate.alpaca_adapter(venue.url, place))
        return order_rate.bare_alpaca(venue.url), order_rate.through(adapter)

    assert told("Alpaca", rounds_of("alpaca", tmp_path, opened)) >= LEAST_RATIO


@pytest.mark.timeout(300)
@pytest.mark.parametrize("at_once", [False, True], ids=["one after the other", "all at once"])
def test_the_ibkr_adapter_sends_nearly_as_fast_as_the_bare_library(at_once: bool, tmp_path: Path) -> None:
    how = f"all at once ({order_rate.THREADS} threads)" if at_once else "one after the other, each acknowledged"
    title(f"Interactive Brokers, orders {how}; no pacing on either side")

    def opened(venue: FarVenue, _: Path, stack: ExitStack) -> tuple[order_rate.Send, order_rate.Send]:
        adapter = stack.enter_context(order_rate.ibkr_adapter(venue.port))
        bare = stack.enter_context(order_rate.bare_ibkr(venue.port, at_once=at_once))
        return bare, (order_rate.through_threads if at_once else order_rate.through)(adapter)

    assert told("IBKR", rounds_of("ibkr", tmp_path, opened)) >= LEAST_RATIO


# ---- with a network in between -------------------------------------------------------------------------------------


def at_a_distance(name: str, venue: FarVenue, home: Path, stack: ExitStack) -> Broker:
    """At the far end of a long cable, paced as a run is."""
    cable = stack.enter_context(Cable(venue.port, DELAY_S))
    if name == "alpaca":
        return stack.enter_context(order_rate.alpaca_adapter(f"http://127.0.0.1:{cable.port}", home))
    usual = IbkrSettings().messages_per_second
    return stack.enter_context(order_rate.ibkr_adapter(cable.port, messages_per_second=usual))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["alpaca", "ibkr"])
def test_an_order_is_acknowledged_soon_over_a_slow_network(name: str, tmp_path: Path) -> None:
    title(f"{name}, {1000 * DELAY_S:.0f} ms each way, a round trip of {2000 * DELAY_S:.0f} ms")
    with far_venue(name, world_at(tmp_path)) as venue, ExitStack() as stack:
        broker, seconds = at_a_distance(name, venue, tmp_path, stack), []
        for number in range(30):
            began = time.perf_counter()
            assert broker.submit(buy(f"k{number}", 10, limit="90")).state is OrderState.ACCEPTED
            seconds.append(time.perf_counter() - began)
    line(f"{name}: submit to acknowledgement, median of 30", f"{1000 * median(seconds):.0f} ms", "< 500 ms")
    line(f"{name}: submit to acknowledgement, worst of 30", f"{1000 * max(seconds):.0f} ms")
    assert median(seconds) < 0.5 * GENEROUS


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["alpaca", "ibkr"])
def test_500_positions_are_reconciled_soon_over_a_slow_network(name: str, tmp_path: Path) -> None:
    title(f"{name}, {POSITIONS} positions, {1000 * DELAY_S:.0f} ms each way")
    symbols = [f"S{number:03d}" for number in range(POSITIONS)]
    held = {symbol: Decimal(10 + number) for number, symbol in enumerate(symbols)}
    world = world_at(tmp_path, flat_week(*symbols), opening_shares=held)
    with far_venue(name, world) as venue, ExitStack() as stack:
        broker = at_a_distance(name, venue, tmp_path, stack)
        ours = Ours(cash_usd=venue.ask("truth").cash, shares=held)
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            theirs = Theirs(broker.account_state(), open_orders=broker.open_orders())
            assert compare(ours, theirs, dict.fromkeys(symbols, Decimal(100))) == ()
            seconds.append(time.perf_counter() - began)
    line(f"{name}: account, open orders and comparison, median of 3", f"{median(seconds):.2f} s", "< 2 s")
    assert median(seconds) < 2 * GENEROUS
