"""What a child is sent as: its kind, its steps, its urgency; fractions go only where the broker's table says so."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.execution import ExecutionSettings
from tasks.execution.schedule import DayShape, schedule
from tasks.model.orders import Algorithm, OrderRequest, OrderType, Side, TimeInForce, Urgency
from tasks.model.plan import PlanLine
from tasks.orders.order_kinds import auctions_not_taken, limit_price
from tasks.orders.submit import in_turn
from tasks.orders.urgency import urgency_of
from tasks.orders.waves import waves_of
from tests.unit.execution.morning_desk import children, morning, notes, order, run, trades, waves
from tests.unit.execution.paper_desk import CLOSE, OPEN, PaperBroker, intent

D = Decimal
DAY, OPG, CLS = TimeInForce.DAY, TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE
MARKET, LIMIT = OrderType.MARKET, OrderType.LIMIT
DAY_FRACTIONS = frozenset({(MARKET, DAY), (LIMIT, DAY)})


def fractional(*kinds: tuple[OrderType, TimeInForce]) -> PaperBroker:
    return PaperBroker(fractions=frozenset(kinds))


def sent(broker: PaperBroker) -> list[tuple[TimeInForce, Decimal]]:
    return [(r.time_in_force, r.shares) for r in broker.requests]


def fill_all(broker: PaperBroker) -> None:
    """Whatever works fills, a tenth of a share as well."""
    for known in broker.open_orders():
        trades(broker, known.key, known.shares)  # type: ignore[arg-type]


# ---- auctions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("algorithm", "due"),
    [(Algorithm.AT_OPEN, [(0, D(10)), (1, D("0.5"))]), (Algorithm.AT_CLOSE, [(4, D("0.5")), (5, D(10))])],
)
def test_a_fraction_that_an_auction_does_not_take_is_scheduled_beside_it(algorithm, due):
    assert list(planned(algorithm, "10.5", DAY_FRACTIONS)) == due
    assert sum(shares for _, shares in planned(algorithm, "0.5", DAY_FRACTIONS)) == D("0.5")


def planned(algorithm: Algorithm, shares: str, fractions: frozenset) -> tuple[tuple[int, Decimal], ...]:
    settings, hours = ExecutionSettings(waves=4), (OPEN, CLOSE)
    shape = DayShape(hours, waves_of(hours, settings), 0.02, 2.0)
    line = PlanLine("AAPL", Side.BUY, D(shares), "", "", D(0), D(130), 0.0, 0.0, algorithm)
    return schedule(line, shape, settings, PaperBroker(fractions=fractions).capabilities)


@given(
    tenths=st.integers(1, 2000),
    algorithm=st.sampled_from(Algorithm),
    fractions=st.frozensets(st.sampled_from([(MARKET, DAY), (LIMIT, DAY), (MARKET, OPG), (MARKET, CLS)])),
)
def test_a_schedule_adds_up_to_the_order_whatever_the_broker_takes_in_fractions(tenths, algorithm, fractions):
    shares = D(tenths) / 10
    assert sum((part for _, part in planned(algorithm, str(shares), fractions)), D(0)) == shares


@pytest.mark.parametrize("algorithm", [Algorithm.AT_OPEN, Algorithm.AT_CLOSE])
def test_whole_shares_go_to_the_auction_and_the_fraction_as_an_order_for_the_day(tmp_path: Path, algorithm) -> None:
    broker = fractional(*DAY_FRACTIONS)
    desk = morning(tmp_path, broker, order(shares="10.5", algorithm=algorithm))
    for number in range(6):
        run(desk, number)
        fill_all(broker)
    assert [(s.wave, s.request.time_in_force, s.request.shares) for s in children(desk)] == {
        Algorithm.AT_OPEN: [(0, OPG, D(10)), (1, DAY, D("0.5"))],
        Algorithm.AT_CLOSE: [(4, DAY, D("0.5")), (5, CLS, D(10))],
    }[algorithm]


def test_an_auction_that_takes_fractions_gets_them(tmp_path: Path) -> None:
    broker = fractional((MARKET, OPG))
    run(morning(tmp_path, broker, order(shares="10.5", algorithm=Algorithm.AT_OPEN)), 0)
    assert sent(broker) == [(OPG, D("10.5"))]


def test_a_fraction_that_missed_its_wave_is_left_and_the_deadline_says_so(tmp_path: Path) -> None:
    broker = fractional(*DAY_FRACTIONS)
    desk = morning(tmp_path, broker, order(shares="10.5", algorithm=Algorithm.AT_CLOSE))
    run(desk, 5)
    assert sent(broker) == [(CLS, D(10))]
    assert notes(desk, 5) == ("AAPL: 0.5 shares stay unsent: no fractions in market cls orders",)


def test_only_auctions_without_market_orders_count_as_not_taken() -> None:
    table = PaperBroker(takes=frozenset({(MARKET, CLS), (LIMIT, OPG), (MARKET, DAY)})).capabilities
    assert auctions_not_taken(table) == {Algorithm.AT_OPEN}


# ---- slices --------------------------------------------------------------------------------------------------------


def test_slices_are_whole_where_only_the_sweep_may_have_fractions(tmp_path: Path) -> None:
    """40.5 shares: ten in each wave as limit orders, and the half with the market order of the sweep."""
    broker = fractional((MARKET, DAY))
    desk = morning(tmp_path, broker, order(shares="40.5"), worked_by="slices")
    for number in range(1, 6):
        run(desk, number)
        fill_all(broker)
    assert [r.shares for r in broker.requests] == [D(10)] * 4 + [D("0.5")]


def test_an_order_that_the_broker_does_not_take_is_noted_and_never_sent(tmp_path: Path) -> None:
    broker = PaperBroker(takes=frozenset({(MARKET, DAY)}))
    desk = morning(tmp_path, broker, worked_by="slices", child_order="limit")
    run(desk, 1)
    assert (broker.requests, children(desk)) == ([], [])
    assert "BUY 10 is not sent: limit orders with time in force day are not taken here" in notes(desk, 1)[0]


@pytest.mark.parametrize(
    ("side", "price", "away", "expected"),
    [
        (Side.BUY, "100.01", "0.0005", "100.06"),
        (Side.SELL, "99.99", "0.0005", "99.95"),
        (Side.BUY, "100", "-0.0005", "99.95"),
        (Side.BUY, "0.004", "0", "0.01"),
    ],
)
def test_a_limit_is_rounded_to_the_side_that_pays_less_and_is_never_nothing(side, price, away, expected) -> None:
    assert limit_price(side, D(price), D(away), D("0.01")) == D(expected)


# ---- urgency -------------------------------------------------------------------------------------------------------


def asked(side: Side = Side.BUY, when: TimeInForce = DAY) -> OrderRequest:
    return OrderRequest("k", "main", "AAPL", side, D(1), MARKET, when)


def test_what_runs_out_of_time_is_urgent_then_sells_then_buys() -> None:
    calm = {"is_sweep": False, "is_liquidation": False}
    assert urgency_of(asked(), **calm) is Urgency.NORMAL
    assert urgency_of(asked(Side.SELL), **calm) is Urgency.HIGH
    assert urgency_of(asked(when=OPG), **calm) is Urgency.URGENT
    assert urgency_of(asked(when=CLS), **calm) is Urgency.URGENT
    assert urgency_of(asked(), is_sweep=True, is_liquidation=False) is Urgency.URGENT
    assert urgency_of(asked(), is_sweep=False, is_liquidation=True) is Urgency.URGENT


def test_sells_are_sent_before_buys_whatever_their_symbols(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = morning(tmp_path, broker, order("AAPL"), order("XOM", side=Side.SELL), worked_by="slices")
    run(desk, 1)
    assert [(r.symbol, r.urgency) for r in broker.requests] == [("XOM", Urgency.HIGH), ("AAPL", Urgency.NORMAL)]


def test_the_sweep_at_the_deadline_is_urgent_and_the_last_wave_is_not(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = morning(tmp_path, broker, worked_by="slices")
    run(desk, 4, 5)
    assert [r.urgency for r in broker.requests] == [Urgency.NORMAL, Urgency.URGENT]


def test_every_order_of_a_liquidation_is_urgent(tmp_path: Path) -> None:
    desk = morning(tmp_path, PaperBroker())
    liquidating = replace(desk, cycle=replace(desk.cycle, kind="liquidation"))
    early = replace(intent("k1"), due_at=waves(desk)[1].at)
    assert [piece.request.urgency for piece in in_turn(liquidating, [early])] == [Urgency.URGENT]
    assert [piece.request.urgency for piece in in_turn(desk, [early])] == [Urgency.NORMAL]
