"""The same orders through an adapter and through the bare client library under it, as that library's users use it."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest

from sql.database import open_database
from tasks.book.broker import IbkrSettings
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.ibkr.library import LIBRARY
from tasks.brokers.ibkr.transport import LOOP
from tasks.journal.rate_limits import JournalRateLimiter
from tasks.ports.broker import Broker
from tests.bench.far_venue import StillClock
from tests.contract.alpaca.desk import KEY_ID, SECRET
from tests.contract.world import ACCOUNT
from tests.unit.brokers.simulated.simulated_world import buy, hours

LIMIT = "90"
"""Far from the market: nothing fills, so the venue's work is the same for every order."""
ENDLESS = 1_000_000
THREADS = 8
Send = Callable[[Sequence[str]], None]
"""Sends an order for each key and returns when all are acknowledged."""


def seconds(send: Send, keys: Sequence[str]) -> float:
    """From the first message to the last acknowledgement."""
    began = time.perf_counter()
    send(keys)
    return time.perf_counter() - began


def ratio(rounds: Sequence[tuple[float, float]]) -> float:
    """Median of the adapter's rate over the library's, round by round: a slow moment of the machine meets both."""
    return median(adapter / bare for bare, adapter in rounds)


def through(broker: Broker) -> Send:
    """One after the other, as a wave sends them."""

    def send(keys: Sequence[str]) -> None:
        for key in keys:
            broker.submit(buy(key, 10, limit=LIMIT))

    return send


def through_threads(broker: Broker, threads: int = THREADS) -> Send:
    """From several threads at once."""

    def send(keys: Sequence[str]) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda key: broker.submit(buy(key, 10, limit=LIMIT)), keys))

    return send


# ---- Alpaca --------------------------------------------------------------------------------------------------------


@contextmanager
def alpaca_adapter(url: str, home: Path) -> Iterator[Broker]:
    """With the allowance that a run has, which never ends here."""
    engine = open_database(f"sqlite:///{home / 'journal.sqlite'}")
    allowances = [JournalRateLimiter(engine, scope, ENDLESS) for scope in ("trading", "data")]
    wire = Wire(Credentials(KEY_ID, SECRET), Endpoints(url, url), trading=allowances[0], data=allowances[1])
    broker = AlpacaBroker(wire, StillClock(), ACCOUNT)
    broker.connect()
    yield broker
    broker.close()
    for allowance in allowances:
        allowance.close()
    engine.dispose()


def bare_alpaca(url: str) -> Send:
    client = TradingClient(KEY_ID, SECRET, paper=True, url_override=url)
    client.get_clock()

    def send(keys: Sequence[str]) -> None:
        for key in keys:
            order = LimitOrderRequest(
                symbol="AAA",
                qty=10,
                side=OrderSide.BUY,
                time_in_force=TimeInForce.DAY,
                limit_price=float(LIMIT),
                client_order_id=key,
            )
            client.submit_order(order)

    return send


# ---- Interactive Brokers -------------------------------------------------------------------------------------------


@contextmanager
def ibkr_adapter(port: int, **settings: Any) -> Iterator[IbkrBroker]:
    """Without pacing unless `messages_per_second` says so: the figure is what the adapter itself costs."""
    chosen = {"messages_per_second": 1_000_000, **settings}
    broker = IbkrBroker(IbkrSettings(port=port).model_copy(update=chosen), ACCOUNT, StillClock(), hours)
    broker.connect()
    yield broker
    broker.close()


@contextmanager
def bare_ibkr(port: int, *, at_once: bool) -> Iterator[Send]:
    """The library's `IB`, its own throttle off as the adapter's; all orders at once, or each after its word."""
    library: Any = import_module(LIBRARY)
    ib = library.IB()
    ib.client.MaxRequests = 0
    LOOP.run(ib.connectAsync("127.0.0.1", port, clientId=5))
    stock = LOOP.run(ib.qualifyContractsAsync(library.Stock("AAA", "SMART", "USD")))[0]

    async def sent(keys: Sequence[str]) -> None:
        trades = []
        for key in keys:
            order = library.LimitOrder("BUY", 10, float(LIMIT), tif="DAY", orderRef=key, account=ACCOUNT)
            trades.append(ib.placeOrder(stock, order))
            if not at_once:
                await acknowledged(trades[-1])
        for trade in trades:
            await acknowledged(trade)

    async def acknowledged(trade: Any) -> None:
        while trade.orderStatus.status in ("PendingSubmit", ""):
            await trade.statusEvent

    yield lambda keys: LOOP.run(sent(keys))

    async def close() -> None:
        ib.disconnect()

    LOOP.run(close())
