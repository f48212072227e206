"""The connection: one per client id, nothing sent over a doubtful line, and a full new look before the next order."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.book.broker import FASTEST, IbkrSettings
from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.ibkr.clock import WallClock
from tasks.brokers.sandbox.tws.wire_faults import EVERY_TIME, WireFault
from tasks.errors import BrokerError, ConfigError, OrderUnknownError
from tasks.model.orders import OrderState, Urgency
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.held_queue import HeldQueue, queues
from tests.contract.ibkr.naive import naively, placed
from tests.contract.ibkr.venue import Desk
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy, hours, with_exits

__all__ = ["queues"]

FIVE_MINUTES = timedelta(minutes=5)


def asked(found: Any, kind: str) -> int:
    """How often the newest client has sent a message of a kind."""
    return [fields[0] for fields in found.venue.clients()[-1].received].count(kind)


def test_a_write_never_connects_by_itself(at_tws: AtTws) -> None:
    found = at_tws()
    broker = found.broker()
    for attempt in (lambda: broker.submit(buy("a", 10)), lambda: broker.cancel("a"), broker.account_state):
        with pytest.raises(BrokerError, match="nothing was sent"):
            attempt()
    assert found.venue.clients() == ()


def test_a_second_process_with_the_same_client_id_is_turned_away_and_says_why(at_tws: AtTws) -> None:
    found = at_tws()
    first = trading(found)
    with pytest.raises(BrokerError, match="326"):
        found.broker().connect()
    assert first.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


def test_nobody_listening_is_said_with_the_remedy(at_tws: AtTws) -> None:
    with pytest.raises(BrokerError, match="start TWS or IB Gateway"):
        at_tws().broker(port=1).connect()


def test_a_login_without_our_account_is_refused(at_tws: AtTws) -> None:
    found = at_tws()
    with pytest.raises(ConfigError, match="not among those of this login: main"):
        found.broker("DU1").connect()
    found.wait_for_nobody()


@pytest.mark.parametrize(("account", "live"), [("U1234567", False), ("DU1234567", True)])
def test_real_money_must_be_said_and_play_money_must_not(account: str, live: bool) -> None:
    with pytest.raises(ConfigError, match="live"):
        IbkrBroker(IbkrSettings(), account, WallClock(), hours, live=live)


# ---- 1100, 1101, 1102 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back", [1101, 1102])
def test_nothing_is_sent_while_tws_has_no_line_and_everything_is_looked_at_when_it_is_back(
    at_tws: AtTws, back: int
) -> None:
    found = at_tws(opening_shares={"BBB": Decimal(5)})
    broker = trading(found)
    broker.submit(buy("before", 10))
    found.venue.say(1100)
    for attempt in (lambda: broker.submit(buy("during", 10)), lambda: broker.cancel("before"), broker.account_state):
        with pytest.raises(BrokerError, match="1100"):
            attempt()
    found.venue.exchange.inner.advance(broker.now() + FIVE_MINUTES)
    looks = asked(found, "61")
    found.venue.say(back)
    assert broker.submit(buy("after", 10, limit="50")).state is OrderState.ACCEPTED
    assert asked(found, "61") == looks + 1
    assert [order.key for order in found.venue.exchange.truth().orders] == ["before", "after"]
    assert [row.key for row in broker.executions(TUESDAY)] == ["before"]


def test_the_library_sends_into_a_lost_line_and_the_order_comes_later(at_tws: AtTws) -> None:
    """Why: the socket stays open, `isConnected` is true, and what sits in TWS is done when the line is back."""
    found = at_tws()

    async def story(ib: Any) -> bool:
        await asyncio.to_thread(found.venue.say, 1100)
        await placed(ib, "naive")
        is_connected = ib.isConnected()
        await asyncio.to_thread(found.venue.say, 1102)
        return is_connected

    assert naively(found.venue, story) is True
    assert [order.key for order in found.venue.exchange.truth().orders] == ["naive"]


def test_orders_that_wait_for_their_turn_when_the_line_goes_are_not_sent(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found, messages_per_second=10)
    broker.quotes(["AAA"])
    with ThreadPoolExecutor(12) as threads:
        orders = [threads.submit(broker.submit, buy(f"o{n}", 1, limit="50")) for n in range(12)]
        while asked(found, "3") < 2:
            pass
        found.venue.say(1100)
        errors = [order.exception() for order in orders]
    at_least_sent = asked(found, "3")
    assert at_least_sent < 12
    assert sum(isinstance(error, BrokerError) for error in errors) >= 12 - at_least_sent
    found.venue.say(1102)
    assert len(found.venue.exchange.truth().orders) == at_least_sent


def test_an_order_on_its_way_when_the_line_goes_is_unknown_at_once(at_tws: AtTws) -> None:
    broker = trading(at_tws(Fault(kind=FaultKind.DISCONNECT, call=Call.PLACE, seconds=120)))
    with pytest.raises(OrderUnknownError):
        broker.submit(buy("a", 10))


def test_after_an_outage_in_the_middle_of_a_wave_nothing_is_lost_or_doubled(at_tws: AtTws) -> None:
    found = at_tws(Fault(kind=FaultKind.DISCONNECT, call=Call.PLACE, nth=3, seconds=60))
    broker = trading(found)
    broker.submit(buy("a", 10))
    broker.submit(buy("b", 10))
    with pytest.raises(BrokerError):
        broker.submit(buy("c", 10))
    with pytest.raises(BrokerError):
        broker.submit(buy("d", 10))
    found.venue.advance(broker.now() + timedelta(seconds=61))
    assert broker.find_order("c") is None
    assert {row.key for row in broker.executions(TUESDAY)} == {"a", "b"}
    assert [order.key for order in found.venue.exchange.truth().orders] == ["a", "b"]


def test_a_look_that_is_not_whole_leaves_the_line_unused(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.say(1100)
    found.venue.play(WireFault.NO_COMPLETED_END)
    found.venue.say(1101)
    with pytest.raises(BrokerError, match="completed orders"):
        broker.submit(buy("a", 10))
    assert found.venue.exchange.truth().orders == ()
    assert broker.submit(buy("a", 10)).state is OrderState.ACCEPTED


def test_connecting_twice_is_connecting_once(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.connect()
    assert len(found.venue.clients()) == 1
    assert asked(found, "61") == 1


# ---- numbers and pace -----------------------------------------------------------------------------------------------


def test_order_numbers_are_above_what_tws_and_other_clients_have_used(at_tws: AtTws) -> None:
    found = at_tws()
    found.venue.jump_ids(5000)
    trading(found, client_id=8).submit(buy("theirs", 10, limit="50"))
    found.venue.jump_ids(1)
    broker = trading(found)
    broker.open_orders()
    broker.submit(buy("ours", 10, limit="50"))
    numbers = [int(fields[1]) for client in found.venue.clients() for fields in client.received if fields[0] == "3"]
    assert numbers[0] >= 5000
    assert numbers[1] > numbers[0]


def test_a_burst_does_not_end_the_connection_of_a_strict_tws(at_tws: AtTws) -> None:
    found = at_tws(venue={"strict": True})
    broker = trading(found, messages_per_second=IbkrSettings().messages_per_second)
    with ThreadPoolExecutor(200) as threads:
        orders = list(threads.map(lambda n: broker.submit(buy(f"o{n}", 1, limit="50")), range(200)))
    assert len({order.broker_order_id for order in orders}) == 200
    assert len(found.venue.exchange.truth().orders) == 200


def test_a_burst_of_families_counts_every_order_in_them(at_tws: AtTws) -> None:
    """Three messages each: counted as one, the second dozen would end the connection."""
    found = at_tws(venue={"strict": True})
    broker = trading(found, messages_per_second=IbkrSettings().messages_per_second)
    with ThreadPoolExecutor(30) as threads:
        families = (with_exits(buy(f"o{n}", 1, limit="50"), profit="60", loss="40") for n in range(30))
        assert all(len(order.legs) == 2 for order in threads.map(broker.submit, families))
    assert len(found.venue.clients()) == 1


def written(found: Desk, *kinds: str) -> list[list[str]]:
    """The messages of these kinds that TWS has read, in their order."""
    (client,) = found.venue.clients()
    return [fields for fields in client.received if fields[0] in kinds]


def test_cancels_leave_before_orders_that_wait(at_tws: AtTws, queues: list[HeldQueue]) -> None:
    found = at_tws()
    broker = trading(found, messages_per_second=FASTEST)
    broker.submit(buy("first", 1, limit="50"))
    with ThreadPoolExecutor(12) as threads:
        with queues[0].held():
            waiting = [threads.submit(broker.submit, buy(f"o{n}", 1, limit="50")) for n in range(10)]
            queues[0].wait_for(Urgency.NORMAL, 10)
            waiting.append(threads.submit(broker.cancel, "first"))
            queues[0].wait_for(Urgency.CANCEL, 1)
        for one in waiting:
            one.result()
    assert [fields[0] for fields in written(found, "3", "4")] == ["3", "4", *["3"] * 10]


def test_orders_leave_by_their_urgency(at_tws: AtTws, queues: list[HeldQueue]) -> None:
    found = at_tws()
    broker = trading(found, messages_per_second=FASTEST)
    broker.submit(buy("known", 1, limit="50"))

    def send(key: str, urgency: Urgency) -> None:
        broker.submit(replace(buy(key, 1, limit="50"), urgency=urgency))

    with ThreadPoolExecutor(8) as threads:
        with queues[0].held():
            waiting = [threads.submit(send, f"low{n}", Urgency.LOW) for n in range(5)]
            queues[0].wait_for(Urgency.LOW, 5)
            waiting.append(threads.submit(send, "urgent", Urgency.URGENT))
            queues[0].wait_for(Urgency.URGENT, 1)
        for order in waiting:
            order.result()
    keys = [fields[26] for fields in written(found, "3")]
    assert keys[:2] == ["known", "urgent"]
    assert len(keys) == 7


def test_an_order_and_its_exits_leave_together_whatever_else_waits(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found, messages_per_second=10)
    broker.submit(buy("known", 1, limit="50"))
    with ThreadPoolExecutor(8) as threads:
        family = with_exits(buy("k1", 1, limit="50"), profit="60", loss="40")
        list(threads.map(broker.submit, [buy(f"a{n}", 1, limit="50") for n in range(4)] + [family]))
    (client,) = found.venue.clients()
    keys = [fields[26] for fields in client.received if fields[0] == "3"]
    place = keys.index("k1")
    assert keys[place : place + 3] == ["k1", "k1+tp", "k1+sl"]


# ---- prices ---------------------------------------------------------------------------------------------------------


def test_quotes_and_bars_come_from_the_exchange_and_unknown_symbols_are_left_out(at_tws: AtTws) -> None:
    broker = trading(at_tws())
    broker.wait_until(broker.now() + FIVE_MINUTES)
    quotes = broker.quotes(["AAA", "BBB", "NOPE"])
    assert set(quotes) == {"AAA", "BBB"}
    assert quotes["AAA"].bid < quotes["AAA"].ask
    bars = broker.market_bars("AAA", broker.now() - FIVE_MINUTES, broker.now() + FIVE_MINUTES)
    assert [bar.end - bar.start for bar in bars] == [timedelta(minutes=1)] * 5
    assert bars[-1].end <= broker.now()


def test_a_delayed_quote_is_no_quote(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.DELAYED_QUOTES, EVERY_TIME)
    with pytest.raises(BrokerError, match="delayed"):
        broker.quotes(["AAA"])
