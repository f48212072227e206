"""Routes: one order may go to several brokers, each part under its own key, together never more than the order."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.model.account import AccountState
from tasks.model.broker_tags import tagged, untagged
from tasks.model.orders import OrderRequest, OrderState
from tasks.ports.router import Routed
from tests.unit.execution.morning_desk import children, morning, notes, run
from tests.unit.execution.paper_desk import CASH, PaperBroker

D = Decimal


class Halves:
    """A third of each order to `a` and the rest to `b`, or what a test wants instead."""

    def __init__(self, *shares: tuple[str, str], note: str = "") -> None:
        self.parts, self.note = shares, note
        self.saw: list[AccountState] = []

    def split(self, requests: Sequence[OrderRequest], account: AccountState) -> Routed:
        self.saw.append(account)
        pieces = [
            replace(request, key=tagged(request.key, tag), shares=D(shares))
            for request in requests
            for tag, shares in self.parts
        ]
        return Routed(tuple(pieces), (self.note,) if self.note else ())


def test_a_split_order_goes_out_in_parts_under_tagged_keys(tmp_path: Path) -> None:
    broker, halves = PaperBroker(), Halves(("a", "3"), ("b", "7"), note="AAPL: split")
    desk = replace(morning(tmp_path, broker, worked_by="slices"), router=halves)
    run(desk, 1)
    (first, second) = children(desk)
    assert [(s.request.key[-2:], s.request.shares) for s in (first, second)] == [("~a", D(3)), ("~b", D(7))]
    assert untagged(first.request.key) == untagged(second.request.key)
    assert (first.order_id, second.order_id) == ("o-AAPL", "o-AAPL")
    assert notes(desk, 1) == ("AAPL: split",)
    assert halves.saw[0].cash == CASH, "the broker's own word, just asked"


def test_what_one_part_has_filled_is_not_due_again_in_the_next_wave(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = replace(morning(tmp_path, broker, worked_by="slices"), router=Halves(("a", "3"), ("b", "7")))
    run(desk, 1)
    broker.fill(broker.requests[1].key, 7)
    router = Halves(("a", "13"))
    run(replace(desk, router=router), 2)
    assert broker.requests[-1].shares == D(13), "20 are due by the second wave, and 7 are there"


@pytest.mark.parametrize(("lost", "other"), [("~a", "~b"), ("~b", "~a")])
def test_a_part_that_never_arrived_goes_out_again_to_its_own_broker_and_the_other_does_not(
    tmp_path: Path, lost: str, other: str
) -> None:
    """Two parts of one order and wave: each has generations of its own."""
    broker = PaperBroker(unique=False)
    desk = replace(morning(tmp_path, broker, worked_by="slices"), router=Halves(("a", "3"), ("b", "7")))
    submit = broker.submit

    def losing_the_first(request: OrderRequest):
        if request.key.endswith(lost) and ".0-" in request.key:
            broker.dropped.add(request.key)
        return submit(request)

    broker.submit = losing_the_first  # type: ignore[method-assign]
    run_patiently(desk, broker)
    assert {(s.request.key[-2:], s.generation, s.state) for s in children(desk)} == {
        (other, 0, OrderState.ACCEPTED),
        (lost, 0, OrderState.REJECTED),
        (lost, 1, OrderState.ACCEPTED),
    }


def run_patiently(desk, broker: PaperBroker) -> None:
    """A wave in which the quiet time goes by while the missing order is looked for."""
    find = broker.find_order

    def slow(key: str):
        broker.wait_until(broker.now() + broker.capabilities.absence_proves_after)
        return find(key)

    broker.find_order = slow  # type: ignore[method-assign]
    run(desk, 1)


@pytest.mark.parametrize("parts", [[("a", "4"), ("b", "7")], [("a", "11")]])
def test_routes_that_make_more_of_an_order_than_it_is_send_nothing_of_it(tmp_path: Path, parts) -> None:
    broker = PaperBroker()
    desk = replace(morning(tmp_path, broker, worked_by="slices"), router=Halves(*parts))
    run(desk, 1)
    assert (broker.requests, children(desk)) == ([], [])
    assert notes(desk, 1)[0].endswith("its routes make 11 of 10 shares; nothing of it is sent")


def test_a_part_that_no_broker_takes_is_noted_and_the_other_goes(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = replace(morning(tmp_path, broker, worked_by="slices"), router=Halves(("a", "3"), ("b", "6.5")))
    run(desk, 1)
    assert [r.shares for r in broker.requests] == [D(3)]
    assert "BUY 6.5 is not sent: 6.5 shares: a positive multiple of 1 is taken here" in notes(desk, 1)[0]


@pytest.mark.parametrize("key", ["221228-AAPL-B001.0-0123456789ab", "a~b~c", ""])
def test_the_tag_comes_off_and_nothing_else_does(key: str) -> None:
    assert untagged(tagged(key, "x")) == key
