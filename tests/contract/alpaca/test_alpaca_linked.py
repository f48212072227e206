"""Orders of more than one part: Alpaca names the exits, hides them in its lists, and we tell them by our keys."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alpaca.trading.requests import GetOrdersRequest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.client_order_ids import leg_key
from tasks.model.orders import LegRole, OrderClass, OrderState
from tests.contract.alpaca.desk import broker_at
from tests.contract.alpaca.http_faults import ORDERS, bent, naive
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy, sell, with_exits

BRACKET = with_exits(buy("k1", 100), profit="102", loss="98")
PROFIT, LOSS = leg_key(BRACKET.key, LegRole.TAKE_PROFIT), leg_key(BRACKET.key, LegRole.STOP_LOSS)
FAMILY = "/v2/orders/"


@pytest.fixture
def entered(broker: AlpacaBroker) -> AlpacaBroker:
    """A bracket whose entry has filled, so that its exits work."""
    broker.submit(BRACKET)
    broker.wait_until(after_open(10))
    return broker


def keys(broker: AlpacaBroker) -> list[str]:
    return sorted(order.key for order in broker.open_orders())


@pytest.mark.usefixtures("entered")
def test_the_library_sees_no_open_order_under_an_entry_that_has_filled(venue: AlpacaVenue) -> None:
    """Nested, exits are told with their order, and it is over: a naive list is empty while both exits work."""
    assert naive(venue).get_orders(GetOrdersRequest(nested=True)) == []


@pytest.mark.usefixtures("entered")
def test_the_library_sees_one_of_two_exits_and_not_whose_it_is(venue: AlpacaVenue) -> None:
    """Not nested, the stop-loss is held and held orders are listed as closed; the other has a name of Alpaca's."""
    (seen,) = naive(venue).get_orders(GetOrdersRequest(nested=False))

    assert not isinstance(seen, str)
    assert seen.client_order_id not in (PROFIT, LOSS)


def test_open_orders_are_all_parts_that_work_by_our_keys(entered: AlpacaBroker) -> None:
    """A naive adapter tells the take-profit under a name that no record of ours has, and forgets the stop-loss."""
    assert keys(entered) == sorted((PROFIT, LOSS))


@pytest.mark.usefixtures("entered")
def test_a_program_without_memory_knows_the_parts(venue: AlpacaVenue, tmp_path: Path) -> None:
    """A naive adapter knows exits only as long as it remembers the answer to its order."""
    assert keys(broker_at(venue, tmp_path)) == sorted((PROFIT, LOSS))
    found = broker_at(venue, tmp_path).find_order(LOSS)
    assert found is not None
    assert (found.key, found.state, found.shares) == (LOSS, OrderState.ACCEPTED, Decimal(100))
    assert broker_at(venue, tmp_path).cancel(PROFIT).state is OrderState.CANCELLED


def test_fills_of_exits_carry_their_keys_for_a_program_without_memory(
    venue: AlpacaVenue, broker: AlpacaBroker, tmp_path: Path
) -> None:
    """By the activity alone a fill belongs to an order id, and that order to a name that nobody knows."""
    for number in range(3):
        broker.submit(with_exits(buy(f"k{number}", 100), profit="99.50", loss="90"))
    broker.wait_until(after_open(60))

    told = broker_at(venue, tmp_path).executions(TUESDAY)

    assert {e.key for e in told} == {f"k{n}{leg}" for n in range(3) for leg in ("", "+tp")}


def test_a_single_fill_of_an_exit_is_looked_up_without_the_whole_list(
    venue: AlpacaVenue, broker: AlpacaBroker, tmp_path: Path
) -> None:
    broker.submit(with_exits(buy("k1", 100), profit="99.50", loss="90"))
    broker.wait_until(after_open(60))

    assert {e.key for e in broker_at(venue, tmp_path).executions(TUESDAY)} == {"k1", "k1+tp"}


def test_an_order_that_is_told_without_its_exits_does_not_prove_that_there_is_none(
    venue: AlpacaVenue, entered: AlpacaBroker
) -> None:
    """Who takes a missing list for an empty one sends the exit again."""
    venue.http_faults.plan(bent("GET", FAMILY, lambda body: {**body, "legs": None}, 9))

    with pytest.raises(BrokerError, match="without its exits"):
        entered.find_order(LOSS)


def test_an_exit_of_no_order_of_ours_is_absent(broker: AlpacaBroker) -> None:
    assert broker.find_order(LOSS) is None


def test_an_exit_that_was_replaced_is_what_it_became(venue: AlpacaVenue, entered: AlpacaBroker) -> None:
    """Alpaca replaces an exit to change its quantity: the old one is over, the new one works under another id."""

    def replaced(body: dict[str, Any]) -> dict[str, Any]:
        profit, loss = body["legs"]
        return {**body, "legs": [{**profit, "status": "replaced"}, {**profit, "id": "new", "qty": "40"}, loss]}

    venue.http_faults.plan(bent("GET", FAMILY, replaced))

    found = entered.find_order(PROFIT)

    assert found is not None
    assert (found.broker_order_id, found.state, found.shares) == ("new", OrderState.ACCEPTED, Decimal(40))


def test_a_strangers_order_is_told_by_its_own_name(broker: AlpacaBroker) -> None:
    """What was entered on Alpaca's page has a name like an exit's, and belongs to no order."""
    name = "8f1c2a04-4a1b-4a7e-9d53-2f1d2c3b4a5e"
    broker.submit(buy(name, 10, limit="90"))

    for _ in range(2):
        assert keys(broker) == [name]


def test_what_alpaca_lists_with_exits_in_another_order_is_told_the_same(
    venue: AlpacaVenue, entered: AlpacaBroker
) -> None:
    venue.http_faults.plan(
        bent("GET", ORDERS, lambda body: [{**row, "legs": (row["legs"] or [])[::-1]} for row in body])
    )

    assert keys(entered) == sorted((PROFIT, LOSS))


@pytest.mark.parametrize("key", [PROFIT, LOSS])
def test_a_key_that_ends_like_an_exits_is_refused_before_it_is_sent(
    venue: AlpacaVenue, broker: AlpacaBroker, key: str
) -> None:
    with pytest.raises(OrderRefusedError, match="ends as an exit's does"):
        broker.submit(buy(key, 10))

    assert venue.exchange.truth().orders == ()


def test_one_that_cancels_the_other_is_found_with_its_stop(broker: AlpacaBroker) -> None:
    oco = with_exits(sell("s1", 10, "BBB", limit="120"), OrderClass.OCO, loss="80")

    told = broker.submit(oco)

    assert [leg.key for leg in told.legs] == ["s1+sl"]
    assert keys(broker) == ["s1", "s1+sl"]
    assert broker.cancel("s1").state is OrderState.CANCELLED
    assert keys(broker) == []
