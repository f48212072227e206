"""An answer that cannot be read: the library loses an order or a whole list, the adapter neither."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, OrderUnknownError
from tasks.model.orders import OrderState
from tests.contract.alpaca.http_faults import ORDERS, answering, bent, naive, naive_order
from tests.unit.brokers.simulated.simulated_world import after_open, buy


def test_the_library_loses_an_accepted_order_whose_answer_has_no_time(venue: AlpacaVenue) -> None:
    venue.http_faults.plan(bent("POST", ORDERS, lambda body: {**body, "submitted_at": None}))

    with pytest.raises(ValidationError):
        naive(venue).submit_order(naive_order("k1"))

    assert len(venue.exchange.truth().orders) == 1


def test_an_accepted_order_whose_answer_has_no_time_is_accepted(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """The library demands a time that Alpaca may leave out, and loses an order that exists."""
    venue.http_faults.plan(bent("POST", ORDERS, lambda body: {**body, "submitted_at": None}))

    assert broker.submit(buy("k1", 10)).state is OrderState.ACCEPTED


def test_a_status_that_nobody_knows_is_of_a_working_order_and_says_so(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """The library fails to read the order; naive code gives it up while it trades."""
    venue.http_faults.plan(bent("POST", ORDERS, lambda body: {**body, "status": "pondering"}))

    told = broker.submit(buy("k1", 10))

    assert told.state is OrderState.ACCEPTED
    assert "pondering" in told.reason


@pytest.mark.parametrize("status", ["done_for_day", "calculated", "held", "pending_cancel", "pending_new", "stopped"])
def test_a_status_after_which_something_may_still_happen_is_not_an_end(
    venue: AlpacaVenue, broker: AlpacaBroker, status: str
) -> None:
    """Naive code ends an order that is done for the day, or whose cancel is only on its way."""
    broker.submit(buy("k1", 10))
    venue.http_faults.plan(bent("GET", ":by_client", lambda body: {**body, "status": status, "filled_qty": "4"}))

    found = broker.find_order("k1")

    assert found is not None
    assert (found.state, found.filled_shares) == (OrderState.PARTIALLY_FILLED, Decimal(4))


@pytest.mark.parametrize(
    "answer",
    [None, "ok", [], {}, {"id": "1"}, {"message": "accepted"}],
    ids=["empty", "text", "list", "object", "half", "words"],
)
def test_an_answer_that_is_no_order_leaves_the_order_unknown(
    venue: AlpacaVenue, broker: AlpacaBroker, answer: Any
) -> None:
    """Naive code takes an answer that it cannot read for a failure, and sends again."""
    venue.http_faults.plan(answering(200, answer))

    with pytest.raises(OrderUnknownError, match="k1"):
        broker.submit(buy("k1", 10))

    assert len(venue.exchange.truth().orders) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"client_order_id": "k2"}, {"filled_qty": "many"}, {"filled_qty": None}, {"side": "sideways"}, {"qty": "NaN"}],
    ids=str,
)
def test_an_answer_about_something_else_leaves_the_order_unknown(
    venue: AlpacaVenue, broker: AlpacaBroker, wrong: dict[str, Any]
) -> None:
    """Naive code books the answer under the order it asked about."""
    venue.http_faults.plan(bent("POST", ORDERS, lambda body: {**body, **wrong}))

    with pytest.raises(OrderUnknownError, match="k1"):
        broker.submit(buy("k1", 10))


def test_the_library_is_blind_to_all_positions_for_one_new_word(venue: AlpacaVenue) -> None:
    venue.http_faults.plan(bent("GET", "/v2/positions", lambda body: [{**row, "exchange": "XNEW"} for row in body]))

    with pytest.raises(ValidationError):
        naive(venue).get_all_positions()


def test_one_new_word_blinds_neither_positions_nor_orders(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """The library fails the whole list for one word that it does not know."""
    broker.submit(buy("k1", 10, limit="90"))
    venue.http_faults.plan(bent("GET", "/v2/positions", lambda body: [{**row, "exchange": "XNEW"} for row in body], 9))
    venue.http_faults.plan(
        bent("GET", ORDERS, lambda body: [{**row, "asset_class": "ipo", "type": "x"} for row in body])
    )

    assert broker.account_state().positions == {"BBB": Decimal(10)}
    assert [o.key for o in broker.open_orders()] == ["k1"]


@pytest.mark.parametrize("answer", [None, {}, {"positions": []}, [None], [{"symbol": "BBB"}]], ids=str)
def test_positions_that_cannot_be_read_are_no_empty_account(
    venue: AlpacaVenue, broker: AlpacaBroker, answer: Any
) -> None:
    """Naive code sees no positions and buys the whole book again."""
    venue.http_faults.plan(answering(200, answer, method="GET", path="/v2/positions", times=99))

    with pytest.raises(BrokerError, match="the account"):
        broker.account_state()


def test_a_position_list_that_is_empty_once_is_asked_for_again(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code believes one list."""
    for spares in (0, 1):
        venue.http_faults.plan(HttpFault("GET", "/v2/positions", lambda _: Reply(200, []), spares=spares))

        assert broker.account_state().positions == {"BBB": Decimal(10)}


def test_a_fill_between_positions_and_cash_makes_no_torn_account(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code asks for each once and counts the fill in one of them only."""
    broker.submit(buy("k1", 100))
    venue.http_faults.plan(
        HttpFault("GET", "/v2/account", lambda reply: (venue.exchange.advance(after_open(5)), reply)[1])
    )

    told, truth = broker.account_state(), venue.exchange.truth()

    assert (told.cash, told.positions) == (truth.cash, dict(truth.positions))


@pytest.mark.parametrize("body", ["<html>not found</html>", {"error": "no route"}], ids=["html", "json"])
def test_a_404_that_is_not_alpacas_does_not_prove_that_an_order_is_absent(
    venue: AlpacaVenue, broker: AlpacaBroker, body: Any
) -> None:
    """Naive code takes a proxy's 404 for proof and sends the order again."""
    broker.submit(buy("k1", 10))
    venue.http_faults.plan(answering(404, body, method="GET", path=":by_client"))

    with pytest.raises(BrokerError):
        broker.find_order("k1")


@pytest.mark.parametrize("side", ["ap", "bp"])
def test_a_price_of_zero_is_no_quote(venue: AlpacaVenue, broker: AlpacaBroker, side: str) -> None:
    """Naive code values a halted symbol at half its price."""

    def without_a_side(body: Any) -> Any:
        return {**body, "AAA": {**body["AAA"], "latestQuote": {**body["AAA"]["latestQuote"], side: 0}}}

    venue.http_faults.plan(bent("GET", "/v2/stocks/snapshots", without_a_side))

    assert set(broker.quotes(["AAA", "BBB"])) == {"BBB"}
