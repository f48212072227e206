"""Each kind of order on the wire: exactly the fields of Alpaca's document, numbers as texts; and what stays here."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.build_order import order_body
from tasks.brokers.sandbox.alpaca.parse_order import order_in
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import OrderRefusedError
from tasks.model.client_order_ids import leg_key, parts_of
from tasks.model.orders import LegRole, NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, TimeInForce
from tests.contract.alpaca.http_faults import posts
from tests.unit.brokers.simulated.simulated_world import after_open, buy, sell, with_exits

PLAIN = {"symbol": "AAA", "qty": "10", "time_in_force": "day", "client_order_id": "k1"}
GTC = TimeInForce.GOOD_TILL_CANCELLED
NATIVE = NativeOrder(NativeAlgorithm.VWAP, after_open(0), after_open(60), Decimal("12.5"))


def kind(order_type: OrderType, **more: Any) -> OrderRequest:
    return replace(sell("k1", 10), order_type=order_type, **more)


ON_THE_WIRE: list[tuple[OrderRequest, dict[str, Any]]] = [
    (
        kind(OrderType.STOP, stop_price=Decimal("98.50"), time_in_force=GTC),
        {"side": "sell", "type": "stop", "stop_price": "98.5", "time_in_force": "gtc"},
    ),
    (
        kind(OrderType.STOP_LIMIT, stop_price=Decimal(98), limit_price=Decimal("97.9")),
        {"side": "sell", "type": "stop_limit", "stop_price": "98", "limit_price": "97.9"},
    ),
    (
        kind(OrderType.TRAILING_STOP, trail_pct=Decimal("1.50")),
        {"side": "sell", "type": "trailing_stop", "trail_percent": "1.5"},
    ),
    (
        kind(OrderType.TRAILING_STOP, trail_usd=Decimal(2)),
        {"side": "sell", "type": "trailing_stop", "trail_price": "2"},
    ),
    (
        with_exits(buy("k1", 10, limit="100"), profit="102", loss="98"),
        {
            "side": "buy",
            "type": "limit",
            "limit_price": "100",
            "order_class": "bracket",
            "take_profit": {"limit_price": "102"},
            "stop_loss": {"stop_price": "98"},
        },
    ),
    (
        replace(with_exits(buy("k1", 10), OrderClass.OTO, loss="98"), stop_loss_limit=Decimal("97.5")),
        {
            "side": "buy",
            "type": "market",
            "order_class": "oto",
            "stop_loss": {"stop_price": "98", "limit_price": "97.5"},
        },
    ),
    (
        with_exits(sell("k1", 10, limit="102"), OrderClass.OCO, loss="98"),
        {
            "side": "sell",
            "type": "limit",
            "order_class": "oco",
            "take_profit": {"limit_price": "102"},
            "stop_loss": {"stop_price": "98"},
        },
    ),
    (
        replace(buy("k1", 10), native=NATIVE),
        {
            "side": "buy",
            "type": "market",
            "advanced_instructions": {
                "algorithm": "VWAP",
                "start_time": "2022-11-22T14:30:00+00:00",
                "end_time": "2022-11-22T15:30:00+00:00",
                "max_percentage": "0.125",
            },
        },
    ),
]
NAMES = ["stop", "stop limit", "trailing percent", "trailing price", "bracket", "oto", "oco", "vwap"]


@pytest.mark.parametrize(("request_", "expected"), ON_THE_WIRE, ids=NAMES)
def test_an_order_goes_out_as_alpaca_documents_it(request_: OrderRequest, expected: dict[str, Any]) -> None:
    """The library's own classes make floats of prices, and have no field for advanced instructions."""
    assert order_body(request_) == {**PLAIN, **expected}


@pytest.mark.parametrize(("request_", "expected"), ON_THE_WIRE, ids=NAMES)
def test_the_venue_reads_what_was_meant(request_: OrderRequest, expected: dict[str, Any]) -> None:
    del expected
    assert order_in(order_body(request_), "main") == request_


@pytest.mark.parametrize(("request_", "expected"), ON_THE_WIRE, ids=NAMES)
def test_every_kind_is_taken_over_the_wire(broker: AlpacaBroker, request_: OrderRequest, expected: Any) -> None:
    del expected
    assert broker.submit(request_).key == "k1"


@pytest.mark.parametrize("role", LegRole)
def test_the_name_of_an_exit_is_the_same_everywhere(role: LegRole) -> None:
    assert leg_key("k1", role) == f"k1+{role.value}"
    assert parts_of(leg_key("k+1", role)) == ("k+1", role)


@pytest.mark.parametrize("key", ["k1", "+tp", "k1+", "k1+xx", "k1+tp+", "k1tp"])
def test_other_keys_are_no_exits(key: str) -> None:
    assert parts_of(key) is None


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (kind(OrderType.STOP, stop_price=Decimal("98.505")), "stop_price 98.505 is not a multiple of 0.01"),
        (with_exits(buy("k1", 10), profit="102.001", loss="98"), "take_profit 102.001"),
        (replace(buy("k1", 10), native=replace(NATIVE, max_participation_pct=Decimal("12.55"))), "steps of 0.1 %"),
        (replace(buy("k1", 10), native=NativeOrder(NativeAlgorithm.ADAPTIVE)), "adaptive"),
        (replace(with_exits(buy("k1", 10), profit="102", loss="98"), shares=Decimal("1.5")), "no fractions"),
        (replace(buy("k1", "1.5", limit="90"), time_in_force=GTC), "no fractions"),
        (kind(OrderType.TRAILING_STOP, trail_pct=Decimal(1), shares=Decimal("1.5")), "no fractions"),
        (kind(OrderType.STOP, stop_price=Decimal(98), time_in_force=TimeInForce.AT_CLOSE), "not taken here"),
    ],
    ids=["stop", "profit", "share of volume", "adaptive", "bracket", "gtc", "trailing", "auction"],
)
def test_what_alpaca_does_not_take_is_not_sent(
    venue: AlpacaVenue, broker: AlpacaBroker, request_: OrderRequest, words: str
) -> None:
    with pytest.raises(OrderRefusedError, match=words):
        broker.submit(request_)

    assert posts(venue) == []


def test_a_fraction_of_a_share_may_wait_for_a_stop_within_the_day(broker: AlpacaBroker) -> None:
    assert broker.submit(
        kind(OrderType.STOP, symbol="BBB", stop_price=Decimal(98), shares=Decimal("1.5"))
    ).shares == Decimal("1.5")
