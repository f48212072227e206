"""An error that names an order decides by its class; TWS's own words are kept; what nobody understands is in doubt."""

import pytest

from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.ibkr.errors import ErrorClass, error_class
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import OrderInDoubtError, OrderRefusedError, OrderUnknownError, StandingRefusalError
from tasks.model.orders import Cause, OrderState
from tests.contract.ibkr.conftest import AtTws, trading
from tests.unit.brokers.simulated.simulated_world import buy, sell

SOON_S = 0.2
"""Where no acknowledgement is going to come."""
WORDS = "No, and here is why"
REFUSED = (103, 109, 110, 111, 113, 154, 163, 164, 201, 321, 328, 336, 355, 382, 383, 387, 388, 434, 463, 478, 10268)
LASTING = (200, 203, 412, 460, 10015)
NOBODY_KNOWS = (0, 777, 9999, 99_999)


@pytest.mark.parametrize("code", REFUSED)
def test_what_tws_does_not_take_is_refused_in_its_own_words_and_its_key_is_free(at_tws: AtTws, code: int) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.refuse(code, WORDS)
    with pytest.raises(OrderRefusedError, match=f"{code}: {WORDS}") as no:
        broker.submit(buy("a", 10, limit="50"))
    assert not isinstance(no.value, StandingRefusalError)
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


@pytest.mark.parametrize("code", LASTING)
def test_a_refusal_that_every_further_order_would_meet_says_so(at_tws: AtTws, code: int) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.refuse(code, WORDS)
    with pytest.raises(StandingRefusalError, match=f"{code}: {WORDS}"):
        broker.submit(buy("a", 10, limit="50"))


@pytest.mark.parametrize(
    "reason",
    [
        "No Trading Permission",
        "No Trading Permission, Customer Ineligible; Ineligibility reasons: Only closing orders are permitted.",
        "The contract is not available for trading",
        "Your account is restricted from opening new positions",
    ],
)
def test_a_rejection_whose_reason_lasts_keeps_the_symbol_alone_in_the_brokers_words(at_tws: AtTws, reason: str) -> None:
    """201 says only `rejected`: whether a further order would meet the same is in its words."""
    found = at_tws()
    broker = trading(found)
    found.venue.refuse(201, f"Order rejected - reason:{reason}")
    with pytest.raises(StandingRefusalError) as no:
        broker.submit(buy("a", 10, limit="50"))
    assert reason in str(no.value)


@pytest.mark.parametrize(
    "reason",
    [
        "The available funds in your account are not sufficient",
        "Exchange is closed.",
        "Insufficient margin",
        "Price does not conform to the minimum price variation",
        "",
    ],
)
def test_a_rejection_for_money_a_price_or_the_hour_lets_the_next_order_be_tried(at_tws: AtTws, reason: str) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.refuse(201, f"Order rejected - reason:{reason}")
    with pytest.raises(OrderRefusedError) as no:
        broker.submit(buy("a", 10, limit="50"))
    assert not isinstance(no.value, StandingRefusalError)
    assert broker.submit(buy("a", 10, limit="50")).state is OrderState.ACCEPTED


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (131, ErrorClass.WARNING),  # the flag is ignored, not the order
        (10329, ErrorClass.WARNING),  # routed directly
        (10347, ErrorClass.WARNING),  # little liquidity
        (10345, ErrorClass.STANDING),  # "You cannot trade ..."
        (392, ErrorClass.STANDING),
        (200, ErrorClass.STANDING),
        (371, ErrorClass.REFUSED),
        (10244, ErrorClass.REFUSED),
        (322, ErrorClass.UNKNOWN),  # an error while the order was processed: it may be there
        (166, ErrorClass.UNKNOWN),  # about old prices, not about an order
        (440, ErrorClass.UNKNOWN),  # about a change of an order, and we change none
        (455, ErrorClass.UNKNOWN),  # not in the list
        (10275, ErrorClass.UNKNOWN),
        (10313, ErrorClass.UNKNOWN),
    ],
)
def test_a_number_means_what_the_published_list_says_and_nothing_by_standing_near_another(
    code: int, kind: ErrorClass
) -> None:
    assert error_class(code) is kind


def submitted(broker: IbkrBroker) -> tuple[Cause, str]:
    """What came of an order: the answer, or the refusal where that was heard alone."""
    try:
        told = broker.submit(buy("a", 10, limit="50"))
    except StandingRefusalError as no:
        return Cause.STANDING, str(no)
    return told.cause, told.reason


def test_it_lasts_as_well_when_tws_calls_the_order_cancelled_behind_it(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.refuse(460, WORDS, "Cancelled")
    cause, words = submitted(broker)
    assert cause is Cause.STANDING
    assert WORDS in words


def test_a_symbol_that_tws_has_no_contract_of_is_refused_for_good(at_tws: AtTws) -> None:
    with pytest.raises(StandingRefusalError, match="Correct the symbol"):
        trading(at_tws()).submit(buy("a", 10, "NOPE"))


@pytest.mark.parametrize("code", NOBODY_KNOWS)
def test_an_error_that_nobody_knows_leaves_the_order_in_doubt_with_its_words(at_tws: AtTws, code: int) -> None:
    """It is in no answer, and that proves nothing: TWS has named it."""
    found = at_tws()
    broker = trading(found, ack_seconds=SOON_S)
    found.venue.refuse(code, WORDS)
    with pytest.raises(OrderInDoubtError, match=f"{code}: {WORDS}"):
        broker.submit(buy("a", 10, limit="50"))
    order = broker.find_order("a")
    assert order is not None
    assert (order.state, order.cause) == (OrderState.UNKNOWN, Cause.IN_DOUBT)
    assert f"{code}: {WORDS}" in order.reason
    with pytest.raises(OrderInDoubtError):
        broker.submit(buy("a", 10, limit="50"))
    assert found.venue.exchange.truth().orders == ()


def test_the_doubt_is_over_when_tws_says_what_became_of_it(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50"))
    found.venue.warn("a", 99_999, WORDS)
    (order,) = broker.open_orders()
    assert (order.state, order.cause) == (OrderState.ACCEPTED, Cause.TOLD)
    assert WORDS in order.reason


def test_an_error_of_the_line_says_nothing_of_the_order(at_tws: AtTws) -> None:
    """It is looked for as any other without an answer, and can be proven never to have arrived."""
    found = at_tws()
    broker = trading(found, ack_seconds=SOON_S)
    found.venue.refuse(504, "Not connected")
    with pytest.raises(OrderUnknownError) as lost:
        broker.submit(buy("a", 10, limit="50"))
    assert not isinstance(lost.value, OrderInDoubtError)
    assert broker.find_order("a") is None


def test_an_order_that_tws_holds_is_called_held_and_not_placed(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.LOCATE_NOTICE)
    order = broker.submit(sell("short", 10, limit="150"))
    assert (order.state, order.cause) == (OrderState.ACCEPTED, Cause.HELD)
    assert "held by TWS, not placed: locate" in order.reason
    assert "404" in order.reason


def test_what_tws_said_of_an_order_stays_with_it_when_it_is_over(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    broker.submit(buy("a", 10, limit="50"))
    found.venue.warn("a", 2109, WORDS)
    broker.cancel("a")
    order = broker.find_order("a")
    assert order is not None
    assert order.state is OrderState.CANCELLED
    assert WORDS in order.reason


def test_every_class_is_read_from_the_number_alone() -> None:
    told = {code: error_class(code) for code in (201, 460, 404, 2109, 2161, 10148, 1100, 10328, 99_999)}
    assert told == {
        201: ErrorClass.REFUSED,
        460: ErrorClass.STANDING,
        404: ErrorClass.WARNING,
        2109: ErrorClass.WARNING,
        2161: ErrorClass.WARNING,
        10148: ErrorClass.CANCEL,
        1100: ErrorClass.CONNECTION,
        10328: ErrorClass.CONNECTION,
        99_999: ErrorClass.UNKNOWN,
    }
