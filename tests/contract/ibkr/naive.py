"""The client library as its examples use it: what it says in a situation is what our adapter must not believe."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from typing import Any, TypeVar

from tasks.brokers.ibkr.library import LIBRARY
from tasks.brokers.ibkr.transport import LOOP
from tasks.brokers.sandbox.tws.server import TwsVenue

T = TypeVar("T")
NAIVE_CLIENT = 5
WITHIN_S = 60.0
"""Of the loop's clock, as in `hurry.py`."""
library: Any = import_module(LIBRARY)


def naively(venue: TwsVenue, story: Callable[[Any], Awaitable[T]]) -> T:
    """Connect the library's own `IB` as another client, and tell what the story makes of it."""

    async def told() -> T:
        ib = library.IB()
        await ib.connectAsync("127.0.0.1", venue.port, clientId=NAIVE_CLIENT, timeout=WITHIN_S)
        try:
            return await story(ib)
        finally:
            ib.disconnect()

    return LOOP.run(told())


async def placed(ib: Any, key: str, shares: int = 10, limit: float = 50.0) -> Any:
    """The library's trade of a limit order, shortly after it was placed."""
    order = library.LimitOrder("BUY", shares, limit, tif="DAY", orderRef=key, account="main")
    trade = ib.placeOrder(library.Stock("AAA", "SMART", "USD"), order)
    await soon(ib)
    return trade


async def soon(ib: Any) -> None:
    """Everything on its way has arrived: a server answers in turn, and this question comes last; or nobody answers."""
    with suppress(TimeoutError):
        await asyncio.wait_for(ib.reqCurrentTimeAsync(), WITHIN_S)
