"""Orders that the broker works by its own algorithm: handed over once, never beside slices, taken back in time."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.store import Store
from tasks.errors import HaltedError
from tasks.execution.buying_power import spendable_usd
from tasks.execution.recovery import recover
from tasks.model.account import HaltState
from tasks.model.client_order_ids import slice_key
from tasks.model.orders import Algorithm, NativeAlgorithm, NativeOrder, OrderState, OrderType, Side, TimeInForce
from tasks.orders.collect import slices_of
from tasks.orders.native_algos import NATIVE
from tasks.orders.unknown_orders import resolve
from tests.unit.brokers.simulated.simulated_world import MemorySource, day, hours
from tests.unit.execution.morning_desk import children, morning, notes, order, run, sets, trades, waves
from tests.unit.execution.paper_desk import CASH, SESSION, PaperBroker

D = Decimal
ALL = frozenset(NativeAlgorithm)
ACCEPTED, CANCELLED, FILLED = OrderState.ACCEPTED, OrderState.CANCELLED, OrderState.FILLED


def able() -> PaperBroker:
    return PaperBroker(native=ALL)


def key_of(broker: PaperBroker, number: int = 0) -> str:
    return broker.requests[number].key


def exposure(broker: PaperBroker) -> Decimal:
    """Shares that have filled and that may still fill."""
    live = sum((o.shares - o.filled_shares for o in broker.open_orders()), D(0))
    return live + sum((f.shares for f in broker.fills), D(0))


def test_an_order_goes_once_whole_and_over_the_trading_window(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker, max_participation_pct=7.5)
    run(desk, 1, 2, 3, 4)
    (sent,) = broker.requests
    window = waves(desk)
    assert sent.native == NativeOrder(NativeAlgorithm.VWAP, window[1].at, window[5].at, D("7.5"), "normal")
    assert (sent.shares, sent.order_type, sent.time_in_force) == (D(40), OrderType.LIMIT, TimeInForce.DAY)
    assert [s.state for s in children(desk)] == [ACCEPTED], "no wave cancels it, and none slices beside it"
    assert not any(call.startswith("cancel") for call in broker.calls)


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, "136.50"), (Side.SELL, "123.50")])
def test_its_limit_is_the_edge_of_the_approved_band(tmp_path: Path, side: Side, limit: str) -> None:
    broker = able()
    run(morning(tmp_path, broker, order(side=side)), 1)
    assert broker.requests[0].limit_price == D(limit)


def test_where_the_broker_takes_no_limit_it_is_a_market_order(tmp_path: Path) -> None:
    broker = PaperBroker(native=ALL, takes=frozenset({(OrderType.MARKET, TimeInForce.DAY)}))
    run(morning(tmp_path, broker), 1)
    (sent,) = broker.requests
    assert (sent.order_type, sent.limit_price, sent.native is not None) == (OrderType.MARKET, None, True)


@pytest.mark.parametrize("algorithm", list(NATIVE))
def test_each_algorithm_has_its_name_at_the_broker_and_immediate_is_urgent(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    broker = able()
    run(morning(tmp_path, broker, order(algorithm=algorithm)), 1)
    told = broker.requests[0].native
    assert told is not None
    assert told.algorithm == {
        "vwap": "vwap",
        "twap": "twap",
        "pov": "percent_of_volume",
        "implementation_shortfall": "arrival_price",
        "immediate": "adaptive",
    }.get(algorithm)
    assert told.pace == ("urgent" if algorithm is Algorithm.IMMEDIATE else "normal")


def test_auctions_are_not_handed_over(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker, order(algorithm=Algorithm.AT_OPEN), order("XOM", algorithm=Algorithm.AT_CLOSE))
    run(desk, 0, 1, 2, 3, 4, 5)
    assert {s.request.native for s in children(desk)} == {None}


def test_a_book_that_wants_slices_gets_slices(tmp_path: Path) -> None:
    broker = able()
    run(morning(tmp_path, broker, worked_by="slices"), 1)
    assert [(r.native, r.shares) for r in broker.requests] == [(None, D(10))]


def test_an_algorithm_that_the_broker_lacks_is_sliced_and_said_once(tmp_path: Path) -> None:
    broker = PaperBroker(native=frozenset({NativeAlgorithm.TWAP}))
    desk = morning(tmp_path, broker)
    run(desk, 1, 2)
    assert [r.native for r in broker.requests] == [None, None]
    said = "AAPL: sliced by ourselves and not worked by the broker: the broker has no vwap of its own"
    assert (notes(desk, 1), notes(desk, 2)) == ((said,), ())


def test_at_the_deadline_it_is_cancelled_and_the_rest_is_swept(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    run(desk, 1)
    trades(broker, key_of(broker), 25)
    run(desk, 2, 3, 4, 5)
    assert [(s.wave, s.request.shares, s.state) for s in children(desk)] == [
        (1, D(40), CANCELLED),
        (5, D(15), ACCEPTED),
    ]
    assert (broker.requests[1].native, broker.requests[1].order_type) == (None, OrderType.MARKET)


def test_at_the_deadline_the_rest_is_left_where_the_book_wants_it_left(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker, leftover="cancel")
    run(desk, 1, 2, 3, 4, 5)
    assert [s.state for s in children(desk)] == [CANCELLED]


def test_an_order_that_cannot_be_cancelled_at_the_deadline_is_not_swept_beside_it(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    run(desk, 1, 2, 3, 4)
    broker.stubborn.add(key_of(broker))
    run(desk, 5)
    assert len(broker.requests) == 1
    assert "still works at the broker" in notes(desk, 5)[0]


@pytest.mark.parametrize("end", [OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED])
def test_when_it_ends_early_later_waves_slice_the_rest(tmp_path: Path, end: OrderState) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    run(desk, 1)
    trades(broker, key_of(broker), 12)
    broker.become(key_of(broker), end)
    run(desk, 2, 3)
    assert [(r.native is None, r.shares) for r in broker.requests] == [(False, D(40)), (True, D(8)), (True, D(18))]


def test_one_that_the_broker_refuses_is_sliced_from_the_next_wave_on(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    broker.refused.add(slice_key("demo", SESSION, 1, "AAPL", Side.BUY, 1, 0))
    run(desk, 1, 2)
    assert [(r.native is None, r.shares) for r in broker.requests] == [(False, D(40)), (True, D(20))]


def test_while_nobody_knows_of_it_its_shares_count_as_sent_and_the_wave_says_why(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    broker.lost.add(slice_key("demo", SESSION, 1, "AAPL", Side.BUY, 1, 0))
    broker.silent_reads = 10**6
    run(desk, 1, 2)
    assert len(broker.requests) == 1
    assert "nobody knows yet" in notes(desk, 2)[0]


@pytest.mark.parametrize("filled", [0, 7, 39, 40])
def test_whatever_fills_when_the_order_is_never_exceeded(tmp_path: Path, filled: int) -> None:
    """After every wave: what has filled and what may still fill is at most the order."""
    broker = able()
    desk = morning(tmp_path, broker)
    for number in (1, 2, 3, 4, 5, 6):
        run(desk, number)
        if number == 2 and filled:
            trades(broker, key_of(broker), filled)
        if number == 3 and filled < 40:
            broker.become(key_of(broker), OrderState.EXPIRED)
        assert exposure(broker) <= 40


# ---- cash ----------------------------------------------------------------------------------------------------------


def test_a_buy_whose_cash_is_not_there_in_full_is_sliced_with_a_note(tmp_path: Path) -> None:
    """100,000 USD pay for 700 AAPL at 136.50 and not for another 100 XOM; XOM gets a slice of what is left."""
    broker = able()
    desk = morning(tmp_path, broker, order(shares=700), order("XOM", 100))
    run(desk, 1)
    assert [(r.symbol, r.native is None, r.shares) for r in broker.requests] == [
        ("AAPL", False, D(700)),
        ("XOM", True, D(25)),
    ]
    assert "all of it may cost $13,650.00, and $4,450.00 is there" in notes(desk, 1)[0]


def test_what_it_may_still_take_is_not_spent_twice(tmp_path: Path) -> None:
    """700 AAPL at their limit of 136.50 leave 4,450 USD of 100,000; once 500 have filled at 130, 3,250 more."""
    broker = able()
    desk = morning(tmp_path, broker, order(shares=700))
    run(desk, 1)
    quotes = desk.broker.quotes(["AAPL"])
    assert spendable_usd(desk, broker.account_state(), quotes) == D("4450.00")
    trades(broker, key_of(broker), 100)
    run(desk, 2)
    trades(broker, key_of(broker), 400)
    run(desk, 3)
    assert [s.filled_told for s in slices_of(desk)] == [D(100)], "the second fill is no change of state"
    assert spendable_usd(desk, broker.account_state(), quotes) == D(100_000) - 500 * D(130) - 200 * D("136.50")


# ---- the halt ------------------------------------------------------------------------------------------------------


def test_a_halt_cancels_it(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    run(desk, 1)
    sets(desk, HaltState.HALTED)
    with pytest.raises(HaltedError):
        run(desk, 2)
    assert [s.state for s in children(desk)] == [CANCELLED]


def test_when_the_book_begins_to_reduce_it_is_taken_back(tmp_path: Path) -> None:
    """It was a buy: out of our hands it would go on enlarging the position; its slices do not get past the guard."""
    broker = able()
    desk = morning(tmp_path, broker)
    run(desk, 1)
    trades(broker, key_of(broker), 3)
    sets(desk, HaltState.REDUCING)
    run(desk, 2)
    assert [(s.wave, s.state) for s in children(desk)] == [(1, CANCELLED), (2, CANCELLED)]
    assert len(broker.requests) == 1
    assert [s.request.shares for s in children(desk, 2)] == [D(17)], "3 of the 20 due by the second wave are there"


def test_nothing_is_handed_over_while_the_book_reduces(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker, order(side=Side.SELL))
    sets(desk, HaltState.REDUCING)
    run(desk, 1)
    assert {s.request.native for s in children(desk)} == {None}
    assert "each slice is asked again" in notes(desk, 1)[0]


# ---- kills ---------------------------------------------------------------------------------------------------------


def test_a_new_life_goes_on_with_it_and_the_deadline_ends_it(tmp_path: Path) -> None:
    broker = able()
    run(morning(tmp_path, broker), 1)
    trades(broker, key_of(broker), 10)
    again = morning(tmp_path, broker, life="second")
    broker.clock = waves(again)[3].at + timedelta(minutes=1)
    recover(again)
    run(again, 2, 3, 4)
    assert [s.state for s in children(again)] == [OrderState.PARTIALLY_FILLED]
    run(again, 5)
    assert [(s.wave, s.request.shares, s.state) for s in children(again)] == [
        (1, D(40), CANCELLED),
        (5, D(30), ACCEPTED),
    ]


def test_a_new_life_after_its_time_cancels_it_at_once(tmp_path: Path) -> None:
    broker = able()
    run(morning(tmp_path, broker), 1)
    again = morning(tmp_path, broker, life="second")
    broker.clock = waves(again)[5].at
    recover(again)
    assert [s.state for s in children(again)] == [CANCELLED]


def test_a_run_of_another_session_does_not_leave_it_to_itself(tmp_path: Path) -> None:
    broker = able()
    run(morning(tmp_path, broker), 1)
    again = morning(tmp_path, broker, life="second")
    other = replace(again.cycle, cycle_id="demo:2022-12-28:liq", kind="liquidation")
    recover(replace(again, cycle=again.journal.cycles.open(other)))
    assert [s.state for s in children(again)] == [CANCELLED]


def test_killed_in_the_call_it_is_looked_for_and_goes_out_again_under_its_own_key(tmp_path: Path) -> None:
    """The broker knows its keys, and the order's time is not over: it is the same order still."""
    broker = able()
    broker.submit = _dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(morning(tmp_path, broker), 1)
    living = PaperBroker(native=ALL)
    again = morning(tmp_path, living, life="second")
    living.clock = waves(again)[2].at
    recover(again)
    run(again, 1, 2, 3)
    assert [(r.key, r.native is None) for r in living.requests] == [(children(again)[0].request.key, False)]


def test_killed_before_the_call_it_is_sliced_once_its_wave_is_over(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    desk.journal.orders.add_events = _dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run(desk, 1)
    again = morning(tmp_path, broker, life="second")
    broker.clock = waves(again)[2].at
    recover(again)
    run(again, 1, 2)
    assert [(r.native, r.shares) for r in broker.requests] == [(None, D(20))]


def test_where_the_first_wave_was_slept_through_the_next_one_hands_it_over(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    broker.clock = waves(desk)[2].at
    run(desk, 1, 2)
    told = broker.requests[0].native
    assert told is not None
    assert (told.start, len(broker.requests)) == (waves(desk)[2].at, 1)


def _dies(news: object, _quotes: object = ()) -> None:
    if news:
        raise KeyboardInterrupt


def test_after_its_time_it_is_not_sent_again(tmp_path: Path) -> None:
    broker = able()
    desk = morning(tmp_path, broker)
    broker.dropped.add(slice_key("demo", SESSION, 1, "AAPL", Side.BUY, 1, 0))
    run(desk, 1)
    sent, deadline = len(broker.requests), waves(desk)[5].at
    broker.clock = deadline - timedelta(seconds=1)
    resolve(desk)
    assert len(broker.requests) == sent + 1, "before the deadline it still makes sense"
    broker.clock = deadline
    resolve(desk)
    assert len(broker.requests) == sent + 1


# ---- fractions -----------------------------------------------------------------------------------------------------


def test_a_fraction_of_a_share_waits_for_the_deadline(tmp_path: Path) -> None:
    broker = PaperBroker(native=ALL, fractions=frozenset({(OrderType.MARKET, TimeInForce.DAY)}))
    desk = morning(tmp_path, broker, order(shares="40.5"))
    run(desk, 1)
    trades(broker, key_of(broker), 40)
    run(desk, 2, 3, 4, 5)
    assert [(r.native is None, r.shares) for r in broker.requests] == [(False, D(40)), (True, D("0.5"))]
    assert "0.5 of one waits for the deadline" in notes(desk, 1)[0]


# ---- at an exchange that really works it ---------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", [Algorithm.VWAP, Algorithm.TWAP])
def test_the_simulated_broker_works_an_order_through_the_day(tmp_path: Path, algorithm: Algorithm) -> None:
    """One order, many fills, nothing left at the deadline, and the ledger agrees with the account in every wave."""
    days = [day(date(2022, 12, number), "AAPL", 130.0, volume=3_900_000.0) for number in (23, 27, 28)]
    settings = SimulatedSettings(opening_cash_usd=CASH, fee_per_share_usd=D(0), fee_minimum_usd=D(0))
    market = Market(MemorySource(days), settings, hours)
    broker = SimulatedBroker(Exchange("main", settings, market, Store(tmp_path / "broker.sqlite")))
    broker.open_session(SESSION)
    desk = morning(tmp_path, broker, order(algorithm=algorithm, shares=400))  # type: ignore[arg-type]
    run(desk, 1, 2, 3, 4)
    assert len(desk.journal.orders.fills(desk.cycle_id)) > 1
    run(desk, 5, 6)
    (piece,) = children(desk)
    filled = sum((fill.shares for fill in desk.journal.orders.fills(desk.cycle_id)), D(0))
    assert (piece.request.native is not None, piece.state, filled) == (True, FILLED, D(400))
    assert desk.journal.books.breaks("demo") == ()
    assert broker.account_state().positions == {"AAPL": D(400)}
