"""Errors and warnings that bear an order's number: what they are about is told by the wire, not by their number."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import naively, placed, soon
from tests.unit.brokers.simulated.simulated_world import buy

FIVE_MINUTES = timedelta(minutes=5)
CALLED_CANCELLED = (104, 105, 161, 321, 382, 10147, 10148, 10311, 10349)
"""Of a live order; ib_insync makes it `Cancelled` by each of them, ib_async by most."""
HARMLESS = (110, 201, 202, 399, 404, 2109, 2161, 99_999)
"""These too say nothing final about an order that the wire says works."""


@pytest.mark.parametrize("code", CALLED_CANCELLED + HARMLESS)
def test_no_error_about_a_live_order_ends_it(at_tws: AtTws, code: int) -> None:
    """A naive program reads the library's `Cancelled`, sends the order again, and has bought twice."""
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10))
    found.venue.warn("a", code)
    assert [order.state for order in broker.open_orders()] == [OrderState.ACCEPTED]
    broker.wait_until(broker.now() + FIVE_MINUTES)
    order = broker.find_order("a")
    assert order is not None
    assert (order.state, order.filled_shares) == (OrderState.FILLED, 10)


@pytest.mark.parametrize("code", [104, 161, 382, 10147, 10148, 10311, 10349])
def test_the_library_is_done_with_a_live_order_by_an_error(at_tws: AtTws, code: int) -> None:
    """Why: both libraries say `Cancelled`, and by some codes `isDone`, while the order works at the exchange."""
    found = at_tws()

    async def story(ib: Any) -> list[str]:
        said: list[str] = []
        trade = await placed(ib, "naive")
        trade.statusEvent += lambda t: said.append(t.orderStatus.status)
        await asyncio.to_thread(found.venue.warn, "naive", code)
        await soon(ib)
        return [*said, trade.orderStatus.status]

    assert "Cancelled" in naively(found.venue, story)
    assert [order.key for order in found.venue.exchange.inner.working()] == ["naive"]


def test_a_refusal_with_a_state_behind_it_is_a_refusal(at_tws: AtTws) -> None:
    """201, then `Inactive`: ib_insync never calls it done, and a loop that waits for that hangs."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.REJECT_INACTIVE)
    with pytest.raises(OrderRefusedError, match="201"):
        broker.submit(buy("a", 10, limit="50"))
    assert found.venue.exchange.truth().orders == ()
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


@pytest.mark.parametrize("has_filled", [False, True])
def test_a_number_that_tws_has_seen_never_modifies_nor_doubles_an_order(
    at_tws: AtTws, monkeypatch: pytest.MonkeyPatch, has_filled: bool
) -> None:
    """105 for one that works, 104 for one that has filled: the library then calls the filled order `Cancelled`."""
    found = at_tws()
    trading(found).submit(buy("first", 10, limit="150" if has_filled else "50"))
    found.venue.advance(found.venue.exchange.now() + FIVE_MINUTES)
    again = found.next_life()
    again.connect()
    monkeypatch.setattr(Connection, "next_id", lambda _: 1)
    with pytest.raises((OrderRefusedError, OrderUnknownError)):
        again.submit(buy("second", 20, limit="51"))
    (order,) = found.venue.exchange.truth().orders
    assert (order.key, order.request.shares, order.filled_shares) == ("first", 10, 10 if has_filled else 0)
    first = again.find_order("first")
    assert first is not None
    assert first.state is (OrderState.FILLED if has_filled else OrderState.ACCEPTED)


def test_a_market_data_farm_that_is_down_stops_no_order(at_tws: AtTws) -> None:
    """2103 comes as a system message, like 1100, and means nothing for orders."""
    found = at_tws()
    broker = trading(found)
    found.venue.say(2103)
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


def test_a_connection_that_dies_is_nobody_elses_trouble(at_tws: AtTws) -> None:
    """In the library a dead socket raises out of any call of any connection in the process."""
    found = at_tws()
    ours = trading(found)
    trading(found, client_id=8)
    found.venue.cut(client_id=8)
    for number in range(3):
        assert ours.submit(buy(f"a{number}", 10, limit="50")).state is OrderState.ACCEPTED


def test_a_fraction_goes_out_as_the_number_it_is(at_tws: AtTws) -> None:
    """0.1 + 0.2 as a float is 0.30000000000000004 shares on the wire."""
    found = at_tws(fractional=True)
    broker = trading(found, share_step=Decimal("0.0001"))
    broker.submit(buy("a", str(Decimal("0.1") + Decimal("0.2"))))
    (client,) = found.venue.clients()
    assert [fields[17] for fields in client.received if fields[0] == "3"] == ["0.3"]


def test_an_answer_that_takes_a_while_is_waited_for(at_tws: AtTws) -> None:
    """A real TWS answers in tens of milliseconds; nothing here counts on loopback."""
    found = at_tws(venue={"latency_s": 0.05})
    broker = trading(found)
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED
    assert broker.cancel("a").state is OrderState.CANCELLED


def test_the_socket_tells_no_dividends_and_that_is_what_is_said(at_tws: AtTws) -> None:
    """Nothing is made up: a dividend shows as a difference of cash, for a person to explain."""
    broker = trading(at_tws())
    assert broker.statement(broker.now().date(), broker.now().date()) == ()
