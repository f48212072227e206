"""Faults of the HTTP line in few words, and the client library as its own examples use it."""

from typing import Any

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import MarketOrderRequest

from tasks.brokers.sandbox.alpaca.http_faults import HttpFault, instead, with_body
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tests.contract.alpaca.desk import KEY_ID, SECRET

ORDERS = "/v2/orders"


def naive(venue: AlpacaVenue) -> TradingClient:
    """The library as its own examples use it; only its fixed waits of three seconds are left out."""
    client = TradingClient(KEY_ID, SECRET, url_override=venue.url)
    client._retry_wait = 0
    return client


def naive_order(key: str | None = None) -> MarketOrderRequest:
    return MarketOrderRequest(
        symbol="AAA", qty=10, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, client_order_id=key
    )


def posts(venue: AlpacaVenue) -> list[Any]:
    return [body for method, path, body in venue.seen if (method, path) == ("POST", ORDERS)]


def answering(
    *answer: Any, times: int = 1, is_done: bool = True, method: str = "POST", path: str = ORDERS
) -> HttpFault:
    """This status, body and headers instead of the venue's own answer."""
    return HttpFault(method, path, instead(*answer), is_done, times)


def bent(method: str, path: str, change: Any, times: int = 1) -> HttpFault:
    return HttpFault(method, path, with_body(change), times=times)
