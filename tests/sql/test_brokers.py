"""What the journal keeps of brokers: their own algorithms, their speed, and what was examined."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from one_of_each import CYCLE, INTENT, TEN, with_order
from sqlalchemy.exc import DataError

from tasks.journal import Journal
from tasks.journal.evidence import Examination
from tasks.model.latency import Latency
from tasks.model.order_records import OrderEvent
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderState, OrderType

WORKED_BY_THE_BROKER = NativeOrder(NativeAlgorithm.VWAP, TEN, TEN + timedelta(hours=5), Decimal("7.50"), "patient")


def test_an_order_for_the_brokers_own_algorithm_is_read_as_it_was_written(journal: Journal) -> None:
    with_order(journal)
    intent = replace(INTENT, request=replace(INTENT.request, key="k-native", native=WORKED_BY_THE_BROKER))
    journal.orders.record_wave("demo:2022-12-28", 77, TEN, [intent], {})
    (found,) = [s for s in journal.orders.slices("demo:2022-12-28") if s.request.key == "k-native"]
    assert found.request == intent.request


def test_latencies_come_back_in_the_order_they_were_measured(journal: Journal) -> None:
    first, second = (Latency("ibkr", call, "k1", TEN, seconds) for call, seconds in (("submit", 0.25), ("cancel", 1.5)))
    journal.latencies.record([first, second])
    journal.latencies.record([replace(first, broker="alpaca")])
    journal.latencies.record([])
    assert journal.latencies.all("ibkr") == (first, second)
    assert len(journal.latencies.all()) == 3


def test_the_newest_examination_of_an_account_counts(journal: Journal) -> None:
    passed = Examination("doctor", "alpaca", "main", False, True, {"clock_s": 0.1}, TEN)
    failed = replace(passed, passed=False, at=TEN + timedelta(days=1))
    for one in (passed, failed, replace(passed, account="other"), replace(passed, live=True)):
        journal.examinations.record(one)
    assert journal.examinations.newest("doctor", "alpaca", "main", live=False) == failed
    assert journal.examinations.newest("doctor", "alpaca", "main", live=True) == replace(passed, live=True)
    assert journal.examinations.newest("validate", "alpaca", "main", live=False) is None


def test_orders_of_one_wave_come_back_each_as_it_was_written(journal: Journal) -> None:
    """Together: some worked by the broker and some not, some with a limit and some without."""
    with_order(journal)
    kinds = [
        {"native": WORKED_BY_THE_BROKER},
        {"limit_price": None, "order_type": OrderType.MARKET},
        {"limit_price": Decimal("0.000000000001"), "shares": Decimal("12345678.5")},
    ]
    wave = [replace(INTENT, request=replace(INTENT.request, key=f"k{n}", **kind)) for n, kind in enumerate(kinds)]
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, wave, {})
    found = journal.orders.slices(CYCLE.cycle_id)
    assert [piece.request for piece in found] == [piece.request for piece in wave]
    told = [OrderEvent(f"k{n % 3}", state, TEN) for n, state in enumerate((OrderState.SENT, OrderState.ACCEPTED) * 9)]
    journal.orders.add_events(told)
    assert [(e.key, e.state) for e in journal.orders.events(CYCLE.cycle_id)][3:] == [(e.key, e.state) for e in told]
    assert journal.audit.verify() == ()


@pytest.mark.parametrize("journal", ["postgresql"], indirect=True)
def test_a_text_that_is_too_long_for_its_column_is_refused_and_not_cut(journal: Journal) -> None:
    with_order(journal)
    wave = [replace(INTENT, request=replace(INTENT.request, key=key)) for key in ("k1", "k" * 41)]
    with pytest.raises(DataError):
        journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, wave, {})
    assert journal.orders.slices(CYCLE.cycle_id) == ()
