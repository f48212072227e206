"""What an order is comes from the wire: not from a warning, and not from the library's own idea of its state."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.orders import OrderState, TimeInForce
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import naively, placed
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy, sell

NOTICES = (WireFault.PRESET_NOTICE, WireFault.HELD_NOTICE, WireFault.OUTSIDE_NOTICE)
FIVE_MINUTES = timedelta(minutes=5)


@pytest.mark.parametrize("fault", NOTICES)
def test_a_notice_about_a_live_order_ends_nothing(at_tws: AtTws, fault: WireFault) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(fault)
    assert broker.submit(buy("a", 10)).state is OrderState.ACCEPTED
    broker.wait_until(broker.now() + FIVE_MINUTES)
    order = broker.find_order("a")
    assert order is not None
    assert (order.state, order.filled_shares) == (OrderState.FILLED, 10)


def test_the_library_calls_a_live_order_cancelled_or_worse(at_tws: AtTws) -> None:
    """Why: after 10349 ib_insync says `Cancelled` and is done with the order, which lives; so does ib_async."""
    found = at_tws()

    async def story(ib: Any) -> object:
        heard: list[str] = []
        ib.orderStatusEvent += lambda trade: heard.append(trade.orderStatus.status)
        found.venue.play(WireFault.PRESET_NOTICE)
        await placed(ib, "naive")
        return heard

    assert "Cancelled" in str(naively(found.venue, story))
    assert [order.key for order in found.venue.exchange.inner.working()] == ["naive"]


def test_an_order_refused_by_one_venue_and_working_at_another_is_accepted(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.REJECT_FIRST)
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED
    assert [order.key for order in broker.open_orders()] == ["a"]


def test_an_inactive_order_that_waits_for_shares_to_borrow_is_alive(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.LOCATE_NOTICE)
    order = broker.submit(sell("short", 10))
    assert order.state is OrderState.ACCEPTED
    assert "locate" in order.reason
    broker.wait_until(broker.now() + FIVE_MINUTES)
    filled = broker.find_order("short")
    assert filled is not None
    assert filled.state is OrderState.FILLED


def test_a_new_order_that_does_not_pass_validation_is_refused_and_its_key_is_free(at_tws: AtTws) -> None:
    """The library leaves it in `PendingSubmit` or `ValidationError` for ever."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.VALIDATION_REJECT)
    with pytest.raises(OrderRefusedError, match="321"):
        broker.submit(buy("a", 10, limit="50"))
    assert broker.open_orders() == ()
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


def test_a_refusal_that_no_list_of_open_orders_confirms_is_no_refusal(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.VALIDATION_REJECT)
    found.venue.play(WireFault.NO_OPEN_ORDER_END)
    with pytest.raises(OrderUnknownError, match="321"):
        broker.submit(buy("a", 10, limit="50"))


def test_a_price_off_the_tick_that_tws_refuses_is_refused(at_tws: AtTws) -> None:
    """110, which ib_insync takes for a warning: `PendingSubmit` for ever."""
    found = at_tws()

    async def story(ib: Any) -> str:
        return (await placed(ib, "off", limit=50.001)).orderStatus.status

    assert naively(found.venue, story) != "Submitted"
    assert found.venue.exchange.truth().orders == ()
    with pytest.raises(OrderRefusedError, match="step"):
        trading(found).submit(buy("a", 10, limit="50.001"))


def test_an_order_that_tws_accepts_in_silence_is_unknown_and_then_found_by_its_reference(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.SILENT_ACCEPT)
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))
    order = broker.find_order("a")
    assert order is not None
    assert order.state is OrderState.ACCEPTED


def test_an_order_without_a_word_is_not_sent_again_by_the_same_process(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.REPLY_LOST, times=1))
    broker = trading(found)
    for _ in range(2):
        with pytest.raises(OrderUnknownError):
            broker.submit(buy("a", 10, limit="50"))
    assert len(found.venue.exchange.truth().orders) == 1


def test_a_key_that_works_gives_back_its_order_also_to_the_next_process(at_tws: AtTws) -> None:
    found = at_tws()
    first = trading(found).submit(buy("a", 10, limit="50"))
    again = found.next_life()
    again.connect()
    assert again.submit(buy("a", 10, limit="50")).broker_order_id == first.broker_order_id
    assert len(found.venue.exchange.truth().orders) == 1


def test_an_order_that_never_arrived_is_in_no_answer(at_tws: AtTws) -> None:
    broker = trading(at_tws(Fault(kind=FaultKind.RESET_BEFORE, times=1)))
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))
    assert broker.find_order("a") is None
    assert broker.capabilities.absence_proves_after == timedelta(seconds=60)
    assert not broker.capabilities.keys_are_unique


def test_a_lost_reply_in_a_crash_is_found_by_the_next_process_open_filled_or_cancelled(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.REPLY_LOST, times=3))
    broker = trading(found)
    for request in (buy("open", 10, limit="50"), buy("filled", 10), buy("cancelled", 10, limit="49")):
        with pytest.raises(OrderUnknownError):
            broker.submit(request)
    found.venue.advance(broker.now() + FIVE_MINUTES)
    found.venue.exchange.inner.cancel("cancelled")
    again = found.next_life()
    again.connect()
    states = {key: again.find_order(key) for key in ("open", "filled", "cancelled")}
    assert {key: order and order.state for key, order in states.items()} == {
        "open": OrderState.ACCEPTED,
        "filled": OrderState.FILLED,
        "cancelled": OrderState.CANCELLED,
    }
    filled = states["filled"]
    assert filled is not None
    assert (filled.shares, filled.filled_shares) == (10, 10)


def test_a_completed_order_of_another_day_is_not_ours(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10))
    broker.wait_until(broker.now() + FIVE_MINUTES)
    found.venue.play(WireFault.STALE_COMPLETED)
    order = broker.find_order("a")
    assert order is not None
    assert order.broker_order_id != "7"


# ---- cancelling -----------------------------------------------------------------------------------------------------


def test_a_cancel_is_over_when_the_wire_says_so_and_keeps_what_had_filled(at_tws: AtTws) -> None:
    broker = trading(at_tws(max_participation_pct=0.1))
    broker.submit(buy("a", 5000))
    broker.wait_until(broker.now() + timedelta(minutes=2))
    order = broker.cancel("a")
    assert order.state is OrderState.CANCELLED
    assert 0 < order.filled_shares < 5000
    assert order.filled_shares == sum(row.shares for row in broker.executions(TUESDAY))


def test_a_fill_that_beats_the_cancel_is_the_answer_to_it(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10))
    found.venue.exchange.inner.advance(broker.now() + FIVE_MINUTES)
    order = broker.cancel("a")
    assert (order.state, order.filled_shares) == (OrderState.FILLED, 10)


def test_a_cancel_that_tws_refuses_leaves_the_order_alive_and_says_so(at_tws: AtTws) -> None:
    """10148: the library calls the order `Cancelled`."""
    broker = trading(at_tws(Fault(kind=FaultKind.REFUSED_CANCEL, call=Call.CANCEL, times=2)))
    broker.submit(buy("a", 10, limit="50"))
    for _ in range(2):
        with pytest.raises(OrderRefusedError, match="10148"):
            broker.cancel("a")
    assert [order.key for order in broker.open_orders()] == ["a"]
    assert broker.cancel("a").state is OrderState.CANCELLED


def test_the_library_calls_an_order_cancelled_whose_cancel_was_refused(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.REFUSED_CANCEL, call=Call.CANCEL))

    async def story(ib: Any) -> str:
        trade = await placed(ib, "naive")
        ib.cancelOrder(trade.order)
        await placed(ib, "another")
        return trade.orderStatus.status

    assert naively(found.venue, story) == "Cancelled"
    assert "naive" in [order.key for order in found.venue.exchange.inner.working()]


def test_a_cancel_without_a_word_is_unknown(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.REPLY_LOST, call=Call.CANCEL))
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50"))
    with pytest.raises(OrderUnknownError):
        broker.cancel("a")
    order = broker.find_order("a")
    assert order is not None
    assert order.state is OrderState.CANCELLED


def test_an_order_of_another_client_is_seen_and_cannot_be_cancelled_here(at_tws: AtTws) -> None:
    """10147: the library leaves it in `PendingCancel`; its own list does not even show the order."""
    found = at_tws()
    trading(found, client_id=8).submit(buy("theirs", 10, limit="50"))
    broker = trading(found)
    assert [order.key for order in broker.open_orders()] == ["theirs"]
    with pytest.raises(OrderRefusedError, match="client 8"):
        broker.cancel("theirs")
    assert len(broker.open_orders()) == 1


# ---- what is checked before it is sent ------------------------------------------------------------------------------

SENT: Callable[[TwsVenue], int] = lambda venue: sum(  # noqa: E731
    fields[0] == "3" for client in venue.clients() for fields in client.received
)


def test_a_symbol_that_means_two_stocks_is_refused_until_it_is_said_which(at_tws: AtTws) -> None:
    from tasks.brokers.sandbox.tws.contracts import Listings

    found = at_tws(venue={"listings": Listings(twins={"AAA": "NYSE"})})
    broker = trading(found)
    with pytest.raises(OrderRefusedError, match="NASDAQ and NYSE"):
        broker.submit(buy("a", 10))
    assert SENT(found.venue) == 0
    sure = found.next_life(primary_exchanges={"AAA": "NASDAQ"})
    sure.connect()
    assert sure.submit(buy("a", 10)).state is OrderState.ACCEPTED


def test_an_unknown_symbol_is_refused_before_it_is_sent(at_tws: AtTws) -> None:
    found = at_tws()
    with pytest.raises(OrderRefusedError, match="Correct the symbol"):
        trading(found).submit(buy("a", 10, "NOPE"))
    assert SENT(found.venue) == 0


def test_a_contract_is_asked_for_once(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    for number in range(3):
        broker.submit(buy(f"a{number}", 10, limit="50"))
    (client,) = found.venue.clients()
    assert [fields[0] for fields in client.received].count("9") == 1


def test_a_limit_goes_out_as_it_was_given_and_in_steps_that_the_contract_takes(at_tws: AtTws) -> None:
    from decimal import Decimal

    from tasks.brokers.sandbox.tws.contracts import Listings

    found = at_tws(venue={"listings": Listings(min_ticks={"BBB": Decimal("0.05")})})
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50.1"))
    broker.submit(buy("b", 10, "BBB", limit="50.15"))
    for wrong in ("50.11", "50.16"):
        with pytest.raises(OrderRefusedError, match=r"0\.05"):
            broker.submit(buy("c", 10, "BBB", limit=wrong))
    (client,) = found.venue.clients()
    assert [fields[19] for fields in client.received if fields[0] == "3"] == ["50.1", "50.15"]


@pytest.mark.parametrize("shares", ["0.5", "10.5"])
def test_fractions_are_refused_where_the_account_has_none(at_tws: AtTws, shares: str) -> None:
    with pytest.raises(OrderRefusedError, match="a positive multiple of 1 is taken"):
        trading(at_tws()).submit(buy("a", shares))


def test_orders_for_the_auctions_go_out_as_ib_names_them(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("close", 10, when=TimeInForce.AT_CLOSE))
    broker.submit(buy("limit", 10, limit="50", when=TimeInForce.AT_CLOSE))
    (client,) = found.venue.clients()
    placed_ones = [fields for fields in client.received if fields[0] == "3"]
    assert [(fields[18], fields[21]) for fields in placed_ones] == [("MOC", "DAY"), ("LOC", "DAY")]
    assert {fields[26] for fields in placed_ones} == {"close", "limit"}
