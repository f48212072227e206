"""A socket that dies comes back by itself, only where it was ours, and nothing is sent before all was looked at."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from tasks.book.faults import Fault, FaultKind
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import BrokerError, OrderUnknownError
from tasks.model.orders import OrderState
from tasks.retry import SOCKET_COMES_BACK
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import naively, placed
from tests.contract.ibkr.venue import Desk
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy

MINUTE = timedelta(minutes=1)
LONGEST_WAIT_S = 30.0
Answer = TypeVar("Answer")


def at_last(question: Callable[[], Answer], within_s: float = LONGEST_WAIT_S) -> Answer:
    """The first answer; asked again until then. Raises: the last BrokerError when the time is over."""
    end = time.monotonic() + within_s
    while True:
        try:
            return question()
        except BrokerError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def until_it_says(words: str, question: Callable[[], object]) -> None:
    """Raises: TimeoutError."""
    end = time.monotonic() + LONGEST_WAIT_S
    while time.monotonic() < end:
        try:
            question()
        except BrokerError as failed:
            if words in str(failed):
                return
        time.sleep(0.02)
    raise TimeoutError(f"nobody said {words}")


def outage(found: Desk, broker: IbkrBroker, of: timedelta = MINUTE) -> None:
    """TWS goes away, time passes at the exchange, TWS is not back yet."""
    found.venue.shut()
    found.venue.advance(broker.now() + of)


def test_an_outage_in_the_middle_of_a_wave_loses_and_doubles_nothing(at_tws: AtTws) -> None:
    """A naive program sends the wave again, or misses the fills: none is told to who was not there."""
    found = at_tws(Fault(kind=FaultKind.RESET_AFTER, nth=3))
    found.venue.resets_cut = True
    broker = trading(found)
    broker.submit(buy("a", 10))
    broker.submit(buy("b", 10))
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("c", 10))
    outage(found, broker)
    with pytest.raises(BrokerError, match="nothing was sent"):
        broker.submit(buy("d", 10))
    found.venue.reopen()
    order = at_last(lambda: broker.find_order("c"))
    assert order is not None
    assert order.state is OrderState.FILLED
    assert sorted(row.key for row in broker.executions(TUESDAY)) == ["a", "b", "c"]
    broker.submit(buy("d", 10, limit="50"))
    assert [kept.key for kept in found.venue.exchange.truth().orders] == ["a", "b", "c", "d"]


def test_the_first_attempt_after_the_return_is_at_most_two_seconds_away_and_brings_the_answer(at_tws: AtTws) -> None:
    """However long the outage was; so the first whole answer comes within five seconds."""
    assert max(SOCKET_COMES_BACK) <= timedelta(seconds=2)
    found = at_tws(opening_shares={"BBB": 5})
    broker = trading(found)
    outage(found, broker)
    time.sleep(2.0)  # the attempts are as far apart by now as they ever are
    found.venue.reopen()
    assert at_last(broker.account_state).positions == {"BBB": 5}
    assert [client.client_id for client in found.venue.clients()] == [71]


def test_a_read_waits_for_the_line_to_come_back_and_a_write_does_not(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50"))
    found.venue.shut()
    for write in (lambda: broker.submit(buy("b", 10)), lambda: broker.cancel("a")):
        with pytest.raises(BrokerError):
            write()
    found.venue.reopen()
    assert [order.key for order in broker.open_orders()] == ["a"]


def test_everything_is_looked_at_before_anything_is_sent_again(at_tws: AtTws) -> None:
    """Else an order could go out on cash and positions of before the outage."""
    found = at_tws()
    broker = trading(found)
    found.venue.shut()
    found.venue.reopen()
    at_last(lambda: broker.submit(buy("a", 10, limit="50")))
    (client,) = found.venue.clients()
    kinds = [fields[0] for fields in client.received]
    assert {"16", "7", "99", "61", "6"} <= set(kinds[: kinds.index("3")])


def test_a_look_that_is_not_whole_keeps_the_new_connection_from_sending(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.shut()
    found.venue.play(WireFault.NO_POSITION_END, 2)
    found.venue.reopen()
    at_last(lambda: broker.submit(buy("a", 10, limit="50")))
    kinds = [fields[0] for client in found.venue.clients() for fields in client.received]
    assert kinds[: kinds.index("3")].count("61") >= 3
    assert len(found.venue.exchange.truth().orders) == 1


def test_who_was_never_connected_does_not_come_back(at_tws: AtTws) -> None:
    found = at_tws()
    broker = found.broker()
    found.venue.shut()
    with pytest.raises(BrokerError):
        broker.connect()
    found.venue.reopen()
    with pytest.raises(BrokerError, match="not connected"):
        at_last(broker.account_state, within_s=1.5)
    assert found.venue.clients() == ()


def test_who_has_closed_does_not_come_back(at_tws: AtTws) -> None:
    """Also in the middle of coming back: the client id is given back for good."""
    found = at_tws()
    broker = trading(found)
    found.venue.shut()
    broker.close()
    found.venue.reopen()
    with pytest.raises(BrokerError, match="not connected"):
        at_last(broker.account_state, within_s=1.5)
    assert found.venue.clients() == ()


def test_a_client_id_that_another_process_took_meanwhile_is_left_to_it_for_ever(at_tws: AtTws) -> None:
    """Two that fight for one client id would each see the other's orders as their own."""
    found = at_tws()
    first = trading(found)
    found.venue.is_taken = True
    found.venue.shut()
    found.venue.reopen()
    until_it_says("326", first.account_state)
    found.venue.is_taken = False
    second = trading(found)
    assert second.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED
    second.close()
    found.wait_for_nobody()
    with pytest.raises(BrokerError, match="326"):
        at_last(first.account_state, within_s=1.5)
    assert found.venue.clients() == ()
    first.connect()
    assert [order.key for order in first.open_orders()] == ["a"]


def test_a_tws_that_hangs_with_its_sockets_open_is_hung_up_on(at_tws: AtTws) -> None:
    """No reset ever comes: without an answer to the time the connection would stay mute for ever."""
    found = at_tws()
    broker = trading(found)
    found.venue.is_mute = True
    with pytest.raises(BrokerError, match="proves nothing"):
        broker.account_state()
    found.wait_for_nobody()
    found.venue.is_mute = False
    assert at_last(broker.account_state).positions == {}


def test_an_order_sent_before_the_outage_and_never_heard_of_is_not_sent_again_after_it(at_tws: AtTws) -> None:
    """What the earlier connection has sent is remembered by the next: only a look-up tells what became of it."""
    found = at_tws(Fault(kind=FaultKind.DELAYED, seconds=50))
    broker = trading(found)
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))
    found.venue.shut()
    found.venue.reopen()
    at_last(broker.account_state)
    with pytest.raises(OrderUnknownError, match="do not send again"):
        broker.submit(buy("a", 10, limit="50"))
    found.venue.advance(broker.now() + timedelta(seconds=51))
    assert len(found.venue.exchange.truth().orders) == 1


def test_an_order_cancelled_in_the_outage_is_not_taken_for_one_that_works(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50"))
    found.venue.shut()
    found.venue.exchange.inner.cancel("a")
    found.venue.reopen()
    order = at_last(lambda: broker.find_order("a"))
    assert order is not None
    assert order.state is OrderState.CANCELLED
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))


def test_an_order_that_one_venue_refused_does_not_free_its_key_in_an_outage(at_tws: AtTws) -> None:
    """It worked in spite of its 201; without its state only the 201 would be left."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.REJECT_FIRST)
    broker.submit(buy("a", 10, limit="50"))
    found.venue.shut()
    found.venue.exchange.inner.cancel("a")
    found.venue.reopen()
    at_last(broker.account_state)
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))
    assert len(found.venue.exchange.truth().orders) == 1


def test_fees_and_corrections_go_on_over_a_reconnection(at_tws: AtTws) -> None:
    """A commission told before the outage is not lost with the connection that heard it."""
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10))
    broker.wait_until(broker.now() + 3 * MINUTE)
    before = broker.executions(TUESDAY)
    outage(found, broker)
    found.venue.reopen()
    found.venue.play(WireFault.COMMISSION_NEVER, 10)
    assert at_last(lambda: broker.executions(TUESDAY)) == before
    assert before[0].fee > 0


@pytest.mark.parametrize(("kind", "arrives"), [(FaultKind.RESET_BEFORE, False), (FaultKind.RESET_AFTER, True)])
def test_a_reset_while_an_order_is_sent_leaves_it_unknown_until_it_was_looked_up(
    at_tws: AtTws, kind: FaultKind, arrives: bool
) -> None:
    found = at_tws(Fault(kind=kind))
    found.venue.resets_cut = True
    broker = trading(found)
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10, limit="50"))
    assert (at_last(lambda: broker.find_order("a")) is not None) is arrives


def test_the_library_writes_into_a_dead_socket_and_says_nothing(at_tws: AtTws) -> None:
    """Why: right after a reset `placeOrder` gives a trade in `PendingSubmit`, and no order has left the machine."""
    found = at_tws()

    async def story(ib: object) -> str:
        found.venue.is_mute = True
        return str((await placed(ib, "naive")).orderStatus.status)

    assert naively(found.venue, story) == "PendingSubmit"
    assert found.venue.exchange.truth().orders == ()
