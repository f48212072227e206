"""The venue itself: a socket in a thread of its own, the clients, and what tests and people may do behind the wire."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self, TypeVar

from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.contracts import Listings
from tasks.brokers.sandbox.tws.exchange_view import ExchangeView
from tasks.brokers.sandbox.tws.orders import Ordering
from tasks.brokers.sandbox.tws.other_holdings import OtherHoldings
from tasks.brokers.sandbox.tws.queries import Answering
from tasks.brokers.sandbox.tws.session import Client
from tasks.brokers.sandbox.tws.system_words import SYSTEM_WORDS
from tasks.brokers.sandbox.tws.updates import News
from tasks.brokers.sandbox.tws.wire_faults import WireFault, WireFaults
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.errors import ConfigError

LOOK_S = 0.02
"""Real seconds between two looks for what happened at the exchange behind the server's back."""
MOST_A_SECOND = 50
T = TypeVar("T")


class TwsVenue:
    """A context manager: listens on 127.0.0.1 inside it. The exchange must take a key twice, as IB does an orderRef."""

    def __init__(
        self,
        exchange: FaultyExchange,
        listings: Listings | None = None,
        *,
        port: int = 0,
        latency_s: float = 0.0,
        strict: bool = False,
    ) -> None:
        """`strict` closes a connection that sends more than 50 messages in a second; `port` 0 is any free one.

        Raises: ConfigError for an exchange where keys are unique.
        """
        if exchange.keys_are_unique:
            raise ConfigError("an orderRef is only a label at Interactive Brokers; set `simulated.unique_keys: false`")
        self.exchange, self.latency_s, self.strict, self.port = exchange, latency_s, strict, port
        self.is_taken = False
        """Whether another process, which is not to be seen here, has every client id."""
        self.is_mute = False
        """Whether what comes in is dropped without a word, as by a machine that hangs: the sockets stay open."""
        self.resets_cut = False
        """Whether a reset of the exchange's line ends the client's socket too, or is silence on it."""
        self.faults = WireFaults()
        listings = listings or Listings(size_step=exchange.rules.share_step)
        self._view = ExchangeView(exchange)
        self.other_holdings = OtherHoldings(exchange.account_name)
        """What else the account holds; a test or a person puts it there."""
        self.answering = Answering(self._view, listings, self.faults, self.other_holdings)
        self.ordering = Ordering(self._view, listings, self.faults)
        self._news = News(self._view, self.answering, listings, self.faults)
        self._clients: list[Client] = []
        self._lost = self._was_down = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tws-venue", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # ---- for tests and people ----------------------------------------------------------------------------------------

    def advance(self, until: datetime) -> datetime:
        """Move the exchange's clock; clients know nothing of it."""
        return self._inside(lambda: self._advanced(until))

    def play(self, fault: WireFault, times: int = 1) -> None:
        """The fault happens at the next `times` occasions; calls add up."""
        self.faults.add(fault, times)

    def say(self, code: int) -> None:
        """A system message to everybody. 1100 also loses the line to IB: requests wait; 1101 and 1102 bring it back."""
        self._inside(lambda: self._say(code))

    def refuse(self, code: int, words: str = "said by TWS", status: str = "", times: int = 1) -> None:
        """The next new orders are not placed: each gets an error, and a status behind it unless that is empty."""
        self._inside(lambda: self.ordering.answers.extend([(code, words, status)] * times))

    def warn(self, key: str, code: int, words: str = "said by TWS") -> None:
        """An error or a warning about an order, to the client that placed it; nothing happens to the order."""

        def warn() -> None:
            kept = self._view.newest(key)
            placed = None if kept is None else self._view.placed_by(kept.number)
            for client in self._clients:
                if placed is not None and client.client_id == placed.client_id:
                    client.send(encode.error(placed.order_id, code, words))

        self._inside(warn)

    def cut(self, client_id: int | None = None) -> None:
        """Reset every connection, or that of one client."""
        self._inside(lambda: [c.cut() for c in list(self._clients) if client_id in (None, c.client_id)])

    def shut(self) -> None:
        """TWS is gone: it hangs up on everybody and nobody listens, until `reopen`. The exchange goes on."""

        def shut() -> None:
            self._server.close()
            for client in list(self._clients):
                client.cut()

        self._inside(shut)

    def reopen(self) -> None:
        """TWS is back on the same port."""
        asyncio.run_coroutine_threadsafe(self._bind(), self._loop).result()

    def jump_ids(self, first: int) -> None:
        """The least number that TWS gives as the next valid one."""
        self.answering.first_id = first

    def clients(self) -> tuple[Client, ...]:
        """Those connected now, the first that came first."""
        return tuple(self._clients)

    def follow(self, speed: float = 1.0) -> None:
        """Let the exchange's clock go with the wall's, `speed` times as fast: for a person who tries a book."""
        self._loop.call_soon_threadsafe(self._tick, speed)

    # ---- what a client needs -----------------------------------------------------------------------------------------

    def admit(self, client: Client, client_id: int) -> bool:
        """False, and nothing is changed, when the client id is in use or the line is taken."""
        if self.is_taken or any(other.client_id == client_id for other in self._clients):
            return False
        self._news.forget(client_id)
        self._clients.append(client)
        return True

    def left(self, client: Client) -> None:
        """May be called twice; orders of the client go on working."""
        if client in self._clients:
            self._clients.remove(client)
            if client.client_id is not None:
                self.ordering.left(client.client_id)

    def is_too_fast(self, client: Client, at: float) -> bool:
        """By the messages of the last second; `at` in seconds. Never where the venue is not strict."""
        return self.strict and sum(at - arrival < 1 for arrival in client.arrivals) > MOST_A_SECOND

    def hush(self, client: Client) -> None:
        if client.client_id is not None:
            self._news.forget(client.client_id)

    def must_wait(self) -> bool:
        return self._lost

    def look(self) -> None:
        """Tell each client what has changed at the exchange, and whether its line is down."""
        is_down = self._view.is_down()
        if is_down != self._was_down:
            self._was_down = is_down
            self._send_all(1100 if is_down else 1102)
        if not is_down and not self._lost:
            for client in self._clients:
                if client.client_id is not None:
                    client.send(*self._news.of(client.client_id))

    # ---- behind the counter ----------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        await self._bind()
        self._looking = self._loop.create_task(self._look_again())

    async def _bind(self) -> None:
        server = await self._loop.create_server(lambda: Client(self), "127.0.0.1", self.port)
        self._server, self.port = server, server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking
        self._server.close()
        for client in list(self._clients):
            client.close()
        await asyncio.sleep(0)

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for client in list(self._clients):
                client.flush()
            self.look()

    def _inside(self, action: Callable[[], T]) -> T:
        async def call() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def _advanced(self, until: datetime) -> datetime:
        reached = self.exchange.advance(until)
        self.look()
        return reached

    def _say(self, code: int) -> None:
        if code in (1100, 1101, 1102):
            self._lost = code == 1100
        self._send_all(code)
        if code in (1101, 1102):
            for client in list(self._clients):
                held, client.waiting = client.waiting, []
                for fields in held:
                    client.answer(fields)

    def _send_all(self, code: int) -> None:
        for client in self._clients:
            client.send(encode.error(-1, code, SYSTEM_WORDS[code]))

    def _tick(self, speed: float) -> None:
        self._advanced(self.exchange.now() + timedelta(seconds=speed))
        self._loop.call_later(1.0, self._tick, speed)
