"""A whole session over two brokers: split, filled, counted and reconciled; also while one of them is silent."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.errors import BrokerError
from tasks.model.orders import OrderState
from tests.contract.conftest import fault
from tests.contract.multi.day import HALF_EACH, TRADES, Day, Killed

D = Decimal
MINUTE, LONGER_THAN_A_WAVE, UNTIL_EVENING = 60, 1500, 3 * 3600
WANTED = {symbol: D(shares) for symbol, (_, shares) in TRADES.items()}
SILENCES = [
    ("b", MINUTE, Call.PLACE),
    ("a", LONGER_THAN_A_WAVE, Call.PLACE),
    ("a", LONGER_THAN_A_WAVE, Call.EXECUTIONS),
    *[("b", LONGER_THAN_A_WAVE, call) for call in Call if call is not Call.QUOTES],
]


def test_a_session_over_two_brokers_fills_everything_and_both_sides_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path)
    day.prepare()

    day.work(monkeypatch)

    day.assert_everything_is_true()
    assert {symbol: day.filled(symbol) for symbol in TRADES} == WANTED
    assert (day.filled("AAA", "a"), day.filled("AAA", "b")) == (200, 200)
    assert (day.filled("BBB", "a"), day.filled("BBB", "b")) == (200, 100)
    assert day.breaks() == []


@pytest.mark.parametrize(("tag", "seconds", "call"), SILENCES)
def test_while_one_broker_is_silent_the_other_goes_on_and_afterwards_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str, seconds: float, call: Call
) -> None:
    """Silent from its third such call on, whichever call it is."""
    day = Day(tmp_path, {tag: [fault(FaultKind.DISCONNECT, call=call, nth=3, seconds=seconds)]})
    day.prepare()

    day.work(monkeypatch)

    day.assert_everything_is_true()
    assert day.breaks() == []
    assert {symbol: day.filled(symbol) for symbol in TRADES} == WANTED


def test_orders_at_one_go_out_while_the_other_is_silent_and_symbols_with_orders_there_stand_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AAA trades at a alone; BBB and CCC at both, and the second wave's orders for them get no answer from b."""
    silence = fault(FaultKind.DISCONNECT, call=Call.PLACE, nth=3, seconds=LONGER_THAN_A_WAVE)
    day = Day(tmp_path, {"b": [silence]}, routes=[{"symbols": ["AAA"], "to": {"a": 100}}, *HALF_EACH])
    day.prepare()

    day.work(monkeypatch)

    unknown = {event.key for event in day.events() if event.state is OrderState.UNKNOWN}
    assert {key[-1] for key in unknown} == {"b"}
    (wave,) = {piece.wave for piece in day.slices() if piece.request.key in unknown}
    sent = {n: {p.request.symbol for p in day.slices() if p.wave == n} for n in (wave, wave + 1)}
    assert sent == {wave: {"AAA", "BBB", "CCC"}, wave + 1: {"AAA"}}
    assert sum("nobody knows yet what became of" in note for note in day.notes()) >= 2
    day.assert_everything_is_true()
    assert {symbol: day.filled(symbol) for symbol in TRADES} == WANTED


def test_a_session_does_not_end_on_what_a_silent_broker_said_earlier_and_the_next_run_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path, {"b": [fault(FaultKind.DISCONNECT, call=Call.PLACE, nth=5, seconds=UNTIL_EVENING)]})
    day.prepare()

    with pytest.raises(BrokerError, match=r"broker b \(account acct-b\) does not answer.*run the session again"):
        day.work(monkeypatch)
    assert day.steps_done() & {"confirm", "reconcile"} == set()

    day.an_evening_passes()
    day.work(monkeypatch)

    assert day.steps_done() >= {"confirm", "reconcile"}
    day.assert_everything_is_true()
    assert day.breaks() == []


def test_a_broker_that_is_silent_at_the_start_stops_the_run_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = Day(tmp_path, {"b": [fault(FaultKind.DISCONNECT, call=Call.EXECUTIONS, nth=1, seconds=UNTIL_EVENING)]})
    day.prepare()

    with pytest.raises(BrokerError, match=r"b \(simulated acct-b\) does not answer"):
        day.work(monkeypatch)

    assert day.slices() == ()


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("after", [False, True], ids=["before it is sent", "after it is sent"])
def test_a_run_killed_beside_any_order_is_resumed_and_every_order_is_sent_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool
) -> None:
    day = Day(tmp_path, leftover="sweep", waves=2)
    day.prepare()

    with dies_at(number, monkeypatch, after=after), pytest.raises(Killed):
        day.work(monkeypatch)
    day.work(monkeypatch)

    day.assert_everything_is_true()
    assert day.breaks() == []
    assert {symbol: day.filled(symbol) for symbol in TRADES} == WANTED


@contextmanager
def dies_at(number: int, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> Iterator[None]:
    """The process ends around its n-th order."""
    submit, calls = SeveralBrokers.submit, iter(range(1, 10_000))

    def dying(self: SeveralBrokers, request: object) -> object:
        is_last = next(calls) == number
        if is_last and not after:
            raise Killed
        answer = submit(self, request)  # type: ignore[arg-type]
        if is_last:
            raise Killed
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(SeveralBrokers, "submit", dying)
        yield
