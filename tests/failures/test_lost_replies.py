"""A request without an answer, elsewhere and here: no second order, no order called dead that lives, no storm."""

from pathlib import Path

import pytest

from tasks.orders.collect import in_doubt
from tasks.ports.broker import Broker
from tests.failures.session import Called, Session, buy, session, some

KEYS = pytest.mark.parametrize("unique_keys", [True, False], ids=["keys are unique", "keys are not"])


@KEYS
def test_an_order_whose_reply_timed_out_is_never_called_rejected_while_it_lives(
    tmp_path: Path, unique_keys: bool
) -> None:
    """An engine called an order rejected after five looks while it was live (nautechsystems/nautilus_trader 4152)."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        unique_keys=unique_keys,
        faults=(
            {"kind": "reply_lost", "call": "place", "nth": 1},
            {"kind": "no_answer", "call": "order", "times": 21},
        ),
    )
    assert s.run() == "done"
    first = s.asked("submit")[0].key
    assert s.states_of(first)[:3] == ["intended", "sent", "unknown"]
    assert len(s.asked("find_order", first)) > 21, "asked until there was an answer"
    assert "rejected" not in s.states_of(first)
    assert s.states_of(first)[-1] in ("filled", "cancelled")
    assert [order["key"] for order in s.orders_there()].count(first) == 1
    assert s.wrongs() == []


def test_an_order_without_an_answer_holds_its_symbol_and_no_other(tmp_path: Path) -> None:
    """The same failure's other half: what was believed dead was sent again beside the living order."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        buy("BBB", some("BBB")),
        faults=(
            {"kind": "reply_lost", "call": "place", "symbol": "AAA"},
            {"kind": "no_answer", "call": "order", "client_order_id": "AAA-B001", "times": None},
        ),
    )
    assert s.run().startswith("OrderUnknownError"), "and after the close the run stops for a person"
    assert len(s.asked("submit", "-AAA-")) == 1
    assert len(s.asked("submit", "-BBB-")) == 4
    with s.begun("another run") as desk:
        assert "nobody knows yet what became of" in in_doubt(desk)["AAA"]


@KEYS
def test_a_gateway_error_after_acceptance_makes_no_second_order(tmp_path: Path, unique_keys: bool) -> None:
    """A client repeated a POST that a gateway had answered with 504, and doubled the position.

    bennycode/trading-signals 1178, tastyware/tastytrade 351, yubing744/trading-gpt 94.
    """
    s = session(
        tmp_path,
        buy("AAA", some("AAA")),
        unique_keys=unique_keys,
        faults=({"kind": "server_error", "call": "place", "times": None},),
    )
    assert s.run() == "done"
    sent = [call.key for call in s.asked("submit")]
    assert len(sent) == 4, "each slice is sent once; what it became is asked, never sent again"
    assert len(set(sent)) == 4
    assert s.position_there("AAA") == some("AAA")
    assert s.wrongs() == []


@pytest.mark.parametrize("kind", ["reply_lost", "reset_before", "delayed"])
def test_an_order_is_never_replaced_while_the_cancel_of_the_old_one_has_no_answer(tmp_path: Path, kind: str) -> None:
    """A modify during an outage left two living orders at the broker (nautechsystems/nautilus_trader 4564).

    There is no modify here at all, and while a cancel has no answer nothing else is sent in the symbol.
    """
    assert not [name for name in vars(Broker) if "replace" in name or "modify" in name]
    s = session(
        tmp_path,
        buy("AAA", some("AAA", 8)),
        child_order="limit",
        limit_offset_bps=-5,
        faults=({"kind": kind, "call": "cancel", "times": None},),
    )
    beside: list[str] = []
    s.onlookers.append(lambda call: beside.extend(_working_beside(s, call)))
    s.run()
    assert s.asked("cancel"), "an order that waits at its limit is cancelled before the next one"
    assert beside == []


def _working_beside(s: Session, call: Called) -> list[str]:
    """Orders that work at the exchange in the symbol of an order that is about to go out."""
    if call.method != "submit":
        return []
    asked = call.words[0]
    return [order.key for order in s.exchange.working() if order.symbol == asked.symbol and order.key != asked.key]


def test_a_refused_cancel_is_asked_about_and_not_repeated_in_a_loop(tmp_path: Path) -> None:
    """Refusals were read as `still alive`: 14,000 cancels were sent in 20 hours (xLydianSoftware/Qubx 434)."""
    s = session(
        tmp_path,
        buy("AAA", some("AAA", 8)),
        child_order="limit",
        limit_offset_bps=-5,
        faults=({"kind": "refused_cancel", "times": None},),
    )
    s.run()
    first = s.asked("submit")[0].key
    moments = [call.at for call in s.asked("cancel", first)]
    assert moments, "the order that waits at its limit is cancelled"
    assert len(moments) == len(set(moments)) <= 6, "once a wave, and never twice at one moment"
    for number, call in enumerate(s.calls):
        if call.method == "cancel":
            assert (s.calls[number + 1].method, s.calls[number + 1].key) == ("find_order", call.key)


def test_an_order_that_arrives_after_it_was_called_dead_is_counted_and_that_much_less_is_sent(tmp_path: Path) -> None:
    """What no key and no lease can stop: a process that slept with an order in its hand, and sends it an hour later."""
    s = session(
        tmp_path, buy("AAA", some("AAA")), faults=({"kind": "reset_before", "call": "place", "nth": 1, "times": 1},)
    )
    woken: list[Called] = []

    def wake(_: Called) -> None:
        if not woken and len(s.asked("submit")) == 2:
            woken.append(s.asked("submit")[0])
            s.exchange.place(woken[0].words[0])

    s.onlookers.append(wake)
    assert s.run() == "done"
    (late,) = woken
    assert "rejected" in s.states_of(late.key), "it was absent for long enough to be called dead"
    assert s.states_of(late.key)[-1] == "filled"
    assert s.position_there("AAA") == some("AAA"), "the slices after it were made smaller by what it filled"
    assert s.wrongs() == []
