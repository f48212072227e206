"""The venue's answers against Alpaca's own OpenAPI documents, where they are at hand."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.build_order import order_body
from tasks.brokers.sandbox.alpaca.encode import booking_json
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.alpaca.stream import Watcher
from tasks.model.capabilities import StatementLine
from tasks.model.orders import OrderClass, OrderRequest, OrderType, TimeInForce
from tests.contract.alpaca.desk import broker_at, open_venue
from tests.contract.alpaca.documents import TRADING, are_at_hand, asked, by_schema, document, events_of
from tests.contract.alpaca.test_alpaca_bodies import NAMES, ON_THE_WIRE
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import CLOSE, TUESDAY, after_open, buy, sell, with_exits

DAY = "start=2022-11-22T14:30:00Z&end=2022-11-22T21:00:00Z"
ASKED = [
    "/v2/account",
    "/v2/positions",
    "/v2/clock",
    "/v2/calendar?start=2022-11-21&end=2022-11-26",
    "/v2/orders?status=all",
    "/v2/orders?status=open",
    "/v2/orders?status=all&nested=true",
    "/v2/orders/{id}",
    "/v2/orders/{id}?nested=true",
    "/v2/orders:by_client_order_id?client_order_id=k1",
    "/v2/account/activities/FILL?after=2022-11-22",
    "/v2/account/activities?after=2022-11-21",
    "/v2/account/activities/DIV?after=2022-11-21",
    "/v2beta1/events/activities?since=2022-11-22&until=2022-11-22T20:00:00Z",
    f"/v2/stocks/bars?symbols=AAA,BBB&timeframe=1Min&{DAY}",
    "/v2/stocks/bars?symbols=AAA,BBB&timeframe=1Day&start=2022-11-21&end=2022-11-23",
    "/v2/stocks/snapshots?symbols=AAA,BBB",
    f"/v2/stocks/auctions?symbols=AAA&{DAY}",
    "/v1/corporate-actions?symbols=AAA,BBB,CCC&start=2022-11-01&end=2022-12-31",
]


@pytest.fixture(autouse=True)
def _documents() -> None:
    if not are_at_hand():
        pytest.skip(f"{TRADING} is not at hand: set STEELYARD_ALPACA_OPENAPI to a folder with Alpaca's documents")


@pytest.fixture
def busy(venue: AlpacaVenue, broker: AlpacaBroker) -> AlpacaVenue:
    """Has orders in several states, executions, positions long and short."""
    broker.submit(buy("k1", 100))
    broker.submit(buy("k2", 10, limit="90"))
    broker.submit(sell("s1", 5, "BBB"))
    broker.submit(sell("s0", 5, "CCC"))
    broker.submit(buy("k3", 10, limit="91"))
    broker.cancel("k3")
    broker.submit(with_exits(buy("k4", 10), profit="102", loss="98"))
    broker.submit(with_exits(sell("s2", 10, "CCC", limit="102"), OrderClass.OCO, loss="98"))
    trailing = replace(sell("s3", 5), order_type=OrderType.TRAILING_STOP, trail_pct=Decimal(2))
    broker.submit(replace(trailing, symbol="BBB", time_in_force=TimeInForce.GOOD_TILL_CANCELLED))
    broker.wait_until(after_open(10))
    return venue


@pytest.mark.parametrize("request_", ASKED)
def test_an_answer_is_as_documented(busy: AlpacaVenue, request_: str) -> None:
    """It is held against the documents when the venue closes, as in every other test that has one."""
    first = asked(busy, "/v2/orders?status=all")[0]["id"]

    assert asked(busy, request_.format(id=first)) or "/activities" in request_


def test_every_place_of_the_venue_is_asked_about_here(venue: AlpacaVenue) -> None:
    gets = [pattern for method, pattern, _ in venue._routes._table if method == "GET"]
    without = [
        pattern
        for pattern in gets
        if not any(re.fullmatch(pattern, path.partition("?")[0].replace("{id}", "x")) for path in ASKED)
    ]
    assert without == []


def test_the_answer_to_a_new_order_is_as_documented(venue: AlpacaVenue) -> None:
    body = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}

    assert asked(venue, "/v2/orders", body)["status"] == "new"


def test_the_answer_to_an_order_with_exits_is_as_documented(venue: AlpacaVenue) -> None:
    answer = asked(venue, "/v2/orders", order_body(with_exits(buy("k1", 10), profit="102", loss="98")))

    assert [leg["type"] for leg in answer["legs"]] == ["limit", "stop"]


@pytest.mark.parametrize(("request_", "expected"), ON_THE_WIRE, ids=NAMES)
def test_what_we_send_is_as_documented(request_: OrderRequest, expected: object) -> None:
    """A misspelt field is no error at Alpaca: it is ignored, and the order goes out without it."""
    del expected
    body = document(TRADING)["paths"]["/v2/orders"]["post"]["requestBody"]["content"]["application/json"]
    from jsonschema import Draft7Validator

    schema = {**body["schema"], "components": document(TRADING)["components"]}
    sent = order_body(request_)

    assert [error.message for error in Draft7Validator(schema).iter_errors(sent)] == []
    assert sent.keys() <= schema["properties"].keys()
    for part in ("take_profit", "stop_loss"):
        assert sent.get(part, {}).keys() <= schema["properties"][part]["properties"].keys()
    known = schema["components"]["schemas"]["AdvancedInstructions"]["properties"]
    assert sent.get("advanced_instructions", {}).keys() <= known.keys()


@pytest.mark.parametrize("kind", ["dividend", "split", "fee", "cash_flow"])
def test_what_is_booked_without_a_trade_is_as_documented(kind: str) -> None:
    line = StatementLine("1", after_open(0), kind, "AAA", Decimal(1), Decimal(-1), "words")

    assert by_schema("NonTradeActivities", [booking_json(line)]) == []


@pytest.mark.parametrize("kind", [FaultKind.BUST, FaultKind.CORRECTION])
def test_a_bust_and_a_correction_are_events_as_documented(tmp_path: Path, kind: FaultKind) -> None:
    """The event says what it replaces; which kind of trade it is stands in its details."""
    fault = Fault(kind=kind, call=Call.ORDER, client_order_id="k1")
    with open_venue(World(tmp_path, (fault,))) as venue:
        venue.exchange.begin(TUESDAY)
        broker = broker_at(venue, tmp_path)
        broker.submit(buy("k1", 100))
        broker.wait_until(after_open(5))
        broker.find_order("k1")
        broker.wait_until(after_open(10))
        text, _ = broker.wire.get_events({"since": "2022-11-22", "until": "2022-11-23"})

    events = events_of(text)
    wanted = "trade_bust" if kind is FaultKind.BUST else "trade_correct"
    assert wanted in [event["details"]["execution_type"] for event in events]
    assert by_schema("ActivityEventV2", events) == []


def test_the_trade_updates_tell_orders_as_documented(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """No document describes the stream itself; the order in each of its events is one like any other."""
    watcher = Watcher(venue._context)
    watcher.changes()
    broker.submit(with_exits(buy("k1", 100), profit="102", loss="98"))
    broker.submit(buy("k2", 10, "BBB", limit="90"))
    broker.cancel("k2")
    broker.submit(buy("k3", 10, "BBB", limit="90"))
    broker.wait_until(CLOSE)

    events = watcher.changes()

    assert {"new", "fill", "canceled", "expired"} <= {event["event"] for event in events}
    assert by_schema("Order", [event["order"] for event in events]) == []
    fills = [event for event in events if event["event"] in ("fill", "partial_fill")]
    assert all({"execution_id", "qty", "price", "position_qty"} <= event.keys() for event in fills)
    assert all({"event", "timestamp", "order"} <= event.keys() for event in events)
