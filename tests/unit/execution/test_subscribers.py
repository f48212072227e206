"""Listeners are told of what is on record; one that fails harms nothing and nobody."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from tasks.execution.subscribers import Subscribers, tell_errors, tell_events, tell_fills
from tasks.journal.orders import OrderEvent
from tasks.terms import Execution, OrderState, Side

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
EVENTS = [OrderEvent("k1", OrderState.ACCEPTED, NOON), OrderEvent("k2", OrderState.CANCELLED, NOON)]


def fill(name: str) -> Execution:
    return Execution(name, "k1", "XOM", Side.BUY, Decimal(5), Decimal(100), Decimal(0), NOON, "main")


FILLS = [fill("e1"), fill("e2")]


def broken(news: object) -> None:
    raise RuntimeError(f"no paper for {type(news).__name__}")


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even a message")


def unprintable(_: object) -> None:
    raise UnprintableError


def test_everybody_is_told_everything_in_the_order_given():
    heard: list[tuple[str, object]] = []
    both = (lambda news: heard.append(("a", news)), lambda news: heard.append(("b", news)))
    listening = Subscribers(on_fill=both, on_status=both, on_error=both)
    assert tell_fills(listening, FILLS) == ()
    assert tell_events(listening, EVENTS) == ()
    assert tell_errors(listening, ["stale prices"]) == ()
    news = [*FILLS, *EVENTS, "stale prices"]
    assert heard == [(who, item) for item in news for who in ("a", "b")]


def test_each_kind_of_news_goes_to_its_own_listeners():
    heard: dict[str, list[object]] = {"fill": [], "status": [], "error": []}
    listening = Subscribers((heard["fill"].append,), (heard["status"].append,), (heard["error"].append,))
    tell_fills(listening, FILLS)
    tell_events(listening, EVENTS)
    tell_errors(listening, ["stale prices"])
    assert heard == {"fill": FILLS, "status": EVENTS, "error": ["stale prices"]}


def test_nobody_listens_by_default():
    assert tell_fills(Subscribers(), FILLS) == ()
    assert tell_events(Subscribers(), EVENTS) == ()
    assert tell_errors(Subscribers(), ["stale prices"]) == ()


def test_one_that_raises_keeps_nobody_from_being_told_of_anything():
    before: list[object] = []
    after: list[object] = []
    faults = tell_fills(Subscribers(on_fill=(before.append, broken, after.append)), FILLS)
    assert before == after == FILLS
    assert len(faults) == 2
    assert "broken failed when told of fill e1" in faults[0]
    assert "RuntimeError: no paper for Execution" in faults[0]
    assert "told of fill e2" in faults[1]


def test_a_fault_of_a_status_listener_names_the_order_and_its_state():
    (fault,) = tell_events(Subscribers(on_status=(broken,)), EVENTS[:1])
    assert "broken failed when told of accepted of k1" in fault


def test_faults_are_told_to_the_listeners_for_errors_and_returned():
    errors: list[str] = []
    faults = tell_events(Subscribers(on_status=(broken,), on_error=(errors.append,)), EVENTS)
    assert len(faults) == 2
    assert tuple(errors) == faults


def test_a_listener_for_errors_that_fails_is_returned_and_told_to_nobody():
    errors: list[str] = []
    listening = Subscribers(on_fill=(broken,), on_error=(unprintable, errors.append))
    faults = tell_fills(listening, FILLS[:1])
    assert len(faults) == 2
    assert errors == [faults[0]]
    assert "unprintable failed when told of an error: " in faults[1]
    assert tell_errors(listening, ["stale prices"])[0].startswith("subscriber unprintable failed")
    assert errors == [faults[0], "stale prices"]


def test_a_fault_that_cannot_even_be_printed_is_still_a_sentence():
    (fault,) = tell_fills(Subscribers(on_fill=(unprintable,)), FILLS[:1])
    assert "UnprintableError" in fault
    assert "\n" not in fault


def test_a_listener_without_a_name_is_named_by_its_kind():
    (fault,) = tell_fills(Subscribers(on_fill=(partial(broken),)), FILLS[:1])
    assert "subscriber partial failed" in fault


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_person_or_the_system_that_ends_the_program_is_not_held_up(stop):
    def ends(_: object) -> None:
        raise stop

    with pytest.raises(stop):
        tell_fills(Subscribers(on_fill=(ends,)), FILLS)


def test_who_listens_cannot_change_on_the_way():
    with pytest.raises(FrozenInstanceError):
        Subscribers().on_fill = (broken,)  # type: ignore[misc]
