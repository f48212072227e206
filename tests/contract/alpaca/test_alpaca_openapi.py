"""The venue's answers against Alpaca's own OpenAPI documents, where they are at hand."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from jsonschema import Draft7Validator

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.writing import order_body
from tasks.brokers.protocol import StatementLine
from tasks.brokers.venues.alpaca.server import AlpacaVenue
from tasks.brokers.venues.alpaca.shapes import booking_json
from tasks.terms import OrderClass, OrderRequest, OrderType, TimeInForce
from tests.contract.alpaca.desk import KEY_ID, SECRET
from tests.contract.alpaca.test_alpaca_bodies import NAMES, ON_THE_WIRE
from tests.unit.simulated.simulated_world import TUESDAY, after_open, buy, sell, with_exits

DAY = "start=2022-11-22T14:30:00Z&end=2022-11-22T21:00:00Z"
TRADING = [
    ("/v2/account", "/v2/account"),
    ("/v2/positions", "/v2/positions"),
    ("/v2/clock", "/v2/clock"),
    ("/v2/calendar", "/v2/calendar?start=2022-11-21&end=2022-11-26"),
    ("/v2/orders", "/v2/orders?status=all"),
    ("/v2/orders", "/v2/orders?status=open"),
    ("/v2/orders", "/v2/orders?status=all&nested=true"),
    ("/v2/orders/{order_id}", "/v2/orders/{id}"),
    ("/v2/orders/{order_id}", "/v2/orders/{id}?nested=true"),
    ("/v2/orders:by_client_order_id", "/v2/orders:by_client_order_id?client_order_id=k1"),
]
DATA = [
    ("/v2/stocks/bars", f"/v2/stocks/bars?symbols=AAA,BBB&timeframe=1Min&{DAY}"),
    ("/v2/stocks/snapshots", "/v2/stocks/snapshots?symbols=AAA,BBB"),
    ("/v2/stocks/auctions", f"/v2/stocks/auctions?symbols=AAA&{DAY}"),
]


def folder() -> Path:
    """`STEELYARD_ALPACA_OPENAPI`, or beside the test data."""
    beside = Path(os.environ.get("STEELYARD_TEST_DATA", "/nowhere")) / ".." / "research" / "alpaca-openapi"
    return Path(os.environ.get("STEELYARD_ALPACA_OPENAPI", beside))


@lru_cache
def document(name: str) -> dict[str, Any]:
    path = folder() / name
    if not path.exists():
        pytest.skip(f"{name} is not at hand: set STEELYARD_ALPACA_OPENAPI to a folder with Alpaca's OpenAPI documents")
    return _with_nulls(json.loads(path.read_text()))


def _with_nulls(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(node, list):
        return [_with_nulls(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    plain = {name: _with_nulls(part) for name, part in node.items()}
    if plain.get("nullable") is True:
        bare = {name: part for name, part in plain.items() if name != "nullable"}
        return {"anyOf": [{"type": "null"}, bare]}
    return plain


def mistakes(name: str, method: str, path: str, answer: Any) -> list[str]:
    """What the document says against an answer of status 200."""
    whole = document(name)
    response = whole["paths"][path][method]["responses"]["200"]
    schema = {**response["content"]["application/json"]["schema"], "components": whole["components"]}
    found = Draft7Validator(schema).iter_errors(answer)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


def by_schema(name: str, rows: list[Any]) -> list[str]:
    """What a named schema of the trading document says against some objects."""
    components = document("trading-api.json")["components"]
    schema = {**components["schemas"][name], "components": components}
    return [error.message[:200] for row in rows for error in Draft7Validator(schema).iter_errors(row)]


def asked(venue: AlpacaVenue, path: str, body: Any = None) -> Any:
    headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(venue.url + path, data, headers), timeout=30) as answer:
        return json.loads(answer.read())


@pytest.fixture
def busy(venue: AlpacaVenue, broker: AlpacaBroker) -> AlpacaVenue:
    """Has orders in several states, executions, positions long and short."""
    broker.submit(buy("k1", 100))
    broker.submit(buy("k2", 10, limit="90"))
    broker.submit(sell("s1", 20, "BBB"))
    broker.submit(buy("k3", 10, limit="91"))
    broker.cancel("k3")
    broker.submit(with_exits(buy("k4", 10), profit="102", loss="98"))
    broker.submit(with_exits(sell("s2", 10, "CCC", limit="102"), OrderClass.OCO, loss="98"))
    trailing = replace(sell("s3", 10), order_type=OrderType.TRAILING_STOP, trail_pct=Decimal(2))
    broker.submit(replace(trailing, symbol="BBB", time_in_force=TimeInForce.GOOD_TILL_CANCELLED))
    broker.wait_until(after_open(10))
    return venue


@pytest.mark.parametrize(("path", "request_"), TRADING, ids=[request for _, request in TRADING])
def test_an_answer_of_the_trading_host_is_as_documented(busy: AlpacaVenue, path: str, request_: str) -> None:
    first = asked(busy, "/v2/orders?status=all")[0]["id"]
    answer = asked(busy, request_.format(id=first))

    assert answer
    assert mistakes("trading-api.json", "get", path, answer) == []


@pytest.mark.parametrize(("path", "request_"), DATA, ids=[path for path, _ in DATA])
def test_an_answer_of_the_data_host_is_as_documented(busy: AlpacaVenue, path: str, request_: str) -> None:
    answer = asked(busy, request_)

    assert answer
    assert mistakes("market-data-api.json", "get", path, answer) == []


def test_the_answer_to_a_new_order_is_as_documented(venue: AlpacaVenue) -> None:
    venue.exchange.begin(TUESDAY)
    body = {"symbol": "AAA", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}

    answer = asked(venue, "/v2/orders", body)

    assert mistakes("trading-api.json", "post", "/v2/orders", answer) == []


def test_the_answer_to_an_order_with_exits_is_as_documented(venue: AlpacaVenue) -> None:
    answer = asked(venue, "/v2/orders", order_body(with_exits(buy("k1", 10), profit="102", loss="98")))

    assert [leg["type"] for leg in answer["legs"]] == ["limit", "stop"]
    assert mistakes("trading-api.json", "post", "/v2/orders", answer) == []


@pytest.mark.parametrize(("request_", "expected"), ON_THE_WIRE, ids=NAMES)
def test_what_we_send_is_as_documented(request_: OrderRequest, expected: object) -> None:
    """A misspelt field is no error at Alpaca: it is ignored, and the order goes out without it."""
    del expected
    body = document("trading-api.json")["paths"]["/v2/orders"]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": document("trading-api.json")["components"]}
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


def test_a_fill_among_the_activities_is_as_documented(busy: AlpacaVenue) -> None:
    """By its own schema: the document's list takes one of two kinds, and every fill is of both."""
    answer = asked(busy, "/v2/account/activities/FILL?after=2022-11-22")

    assert answer
    assert by_schema("TradingActivities", answer) == []


def test_an_event_of_the_activity_stream_is_as_documented(busy: AlpacaVenue) -> None:
    path = "/v2beta1/events/activities?since=2022-11-22&until=2022-11-22T20:00:00Z"
    headers = {"APCA-API-KEY-ID": KEY_ID, "APCA-API-SECRET-KEY": SECRET}
    with urlopen(Request(busy.url + path, headers=headers), timeout=30) as answer:
        events = [json.loads(line[5:]) for line in answer.read().decode().splitlines() if line]

    assert events
    assert by_schema("ActivityEventV2CommonFields", events) + by_schema("ActivityV2DetailTRD", events) == []
