"""The connection to TWS: one socket in one loop, its state, and the queue that everything leaves through.

Only `connect` makes a connection, once, for whoever holds the book's lease. From then on the client id is ours, and a
socket that dies, or that TWS does not answer on any more, is replaced in the background: every two seconds at the
latest, until it stands and everything was looked at anew. A write never waits for that and never causes it; a read
waits as long as for an answer. It ends for good with `close`, and when TWS says that the client id is in use (326):
then another process has it. TWS never takes a client id from one who has it, so coming back cannot put anybody out.

A line to IB that TWS lost (1100) and got back (1101, 1102) is also used only after a full new look at orders,
executions and the account.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from typing import Any

from tasks.book.broker import IbkrSettings
from tasks.brokers.ibkr.codes import CLIENT_ID_IN_USE, LINE_BACK, LINE_LOST
from tasks.brokers.ibkr.farms import Farms
from tasks.brokers.ibkr.library import LIBRARY, Client
from tasks.brokers.ibkr.reconnect import Reconnect
from tasks.brokers.ibkr.requests import Name, PendingRequests, UnansweredError
from tasks.brokers.ibkr.throttle import ASKING, LOOKING, Throttle
from tasks.brokers.ibkr.transport import shake_hands
from tasks.brokers.ibkr.wrapper import TIME, Garbled, Wrapper
from tasks.errors import BrokerError, NoAccessError, SteelyardError
from tasks.model.orders import Urgency

Look = Callable[["Connection"], Coroutine[Any, Any, None]]
SHORT_HANDSHAKE_S = 3.0
"""A server that is there answers the first words at once."""


class ConnectionState(StrEnum):
    """How far the line to TWS, and from TWS to IB, can be trusted; only READY may send."""

    DOWN = "not connected"
    LOST = "TWS has lost its line to IB (1100)"
    STALE = "the line is back, orders and account were not looked at since"
    LOOKING = "orders and account are being looked at"
    READY = "ready"


class Connection:
    """All methods run in the loop of the connection."""

    def __init__(self, settings: IbkrSettings, clock: Callable[[], datetime], look: Look) -> None:
        self.settings = settings
        self.state = ConnectionState.DOWN
        self.questions = PendingRequests(settings.answer_seconds)
        self.listener: Wrapper | None = None
        self.client: Any = None
        self.farms = Farms()
        self.lookings = 0
        """How many full looks were finished."""
        self._clock, self._look = clock, look
        self._outbox: Throttle | None = None
        self._opening, self._looking, self._pinging = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()
        self._refusal = ""
        self._is_ours = False
        """Whether `connect` has made this connection, and neither `close` nor a 326 has ended it."""
        self._reconnect = Reconnect(self._is_missed, self._try_again)
        self._ping_under_way: asyncio.Task[None] | None = None

    # ---- connecting ------------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Become the connection of the client id and look at everything once; nothing where that was done.

        Raises: ConfigError or BrokerError, and then there is no connection.
        """
        await self._open_once(self.settings.answer_seconds)
        self._is_ours = True
        try:
            await self.ready()
        except SteelyardError:
            self.close()
            raise

    async def _open_once(self, patience_s: float) -> None:
        async with self._opening:
            if self.state is ConnectionState.DOWN:
                await self._open(patience_s)

    async def _open(self, patience_s: float) -> None:
        chosen = self.settings
        self._refusal, self.questions, self.farms = "", PendingRequests(chosen.answer_seconds), Farms()
        self._outbox = self._outbox or Throttle(chosen.messages_per_second)
        listener = Wrapper(
            chosen.client_id, chosen.time_zone, self.questions, self._clock, self._hear_system, self._lose_socket
        )
        if self.listener is not None:
            listener.take_over(self.listener)
        client: Any = Client(listener)  # pyright: ignore[reportArgumentType] - ours hears what theirs would
        client.MaxRequests = 0  # the library's own throttle lets bursts through that a strict TWS ends
        client.decoder.logger = Garbled(self.questions)
        try:
            await shake_hands(client, chosen, patience_s)
        except (OSError, TimeoutError) as failed:
            kind = NoAccessError if self._refusal else BrokerError  # the client id is another process's
            raise kind(f"{self._where()}: {self._refusal or repr(failed)}; {self._remedy()}") from failed
        self.listener, self.client, self.state = listener, client, ConnectionState.STALE

    def _where(self) -> str:
        return f"TWS at {self.settings.host}:{self.settings.port} as client {self.settings.client_id} ({LIBRARY})"

    def _remedy(self) -> str:
        if self._refusal:
            return "end the other process, or wait until its connection is gone, then run again"
        return "start TWS or IB Gateway, allow API connections on this port, then run again"

    def close(self) -> None:
        """Give the client id back, and do not come back."""
        self._is_ours = False
        self._reconnect.stop()
        self._drop("the connection was closed")

    def _drop(self, words: str) -> None:
        client, self.client = self.client, None
        self.state = ConnectionState.DOWN
        if client is not None:
            client.disconnect()
        self._spoil(words)

    # ---- coming back -----------------------------------------------------------------------------------------------

    def _lose_socket(self, listener: Wrapper) -> None:
        if listener is not self.listener or self.client is None:
            return  # an older one, or closed by ourselves
        self.client, self.state = None, ConnectionState.DOWN
        self._spoil("the socket to TWS was closed")
        self._come_back()

    def _come_back(self) -> None:
        if self._is_ours:
            self._reconnect.begin()

    def _is_missed(self) -> bool:
        return self._is_ours and self.state in (ConnectionState.DOWN, ConnectionState.STALE)

    async def _try_again(self) -> None:
        """A socket, and everything looked at anew; never again when TWS has the client id in use, or wants a person."""
        try:
            await self._open_once(min(SHORT_HANDSHAKE_S, self.settings.answer_seconds))
            await self.ready()
        except BrokerError:
            self._is_ours = self._is_ours and not self._refusal
        except SteelyardError:  # another login, without our account
            self.close()

    async def _ping(self) -> None:
        """After a question without an answer: a TWS that does not even tell the time is gone, whatever the socket says.

        It is hung up on then, and the connection comes back in the background.
        """
        async with self._pinging:
            listener = self.listener
            try:
                await self.questions.request(TIME, "the time", self._writing(LOOKING, lambda c: c.reqCurrentTime()))
            except UnansweredError:
                if listener is self.listener and self.client is not None:
                    self._drop("TWS does not even tell the time any more")
                    self._come_back()
            except BrokerError:
                pass  # something else has ended it, and says so elsewhere

    def _doubt(self) -> None:
        if self._ping_under_way is None or self._ping_under_way.done():
            self._ping_under_way = asyncio.get_running_loop().create_task(self._ping())

    # ---- what TWS says of the line itself --------------------------------------------------------------------------

    def _hear_system(self, code: int, words: str) -> None:
        self.farms.hear(code, words, self._clock())
        if code == CLIENT_ID_IN_USE:
            self._refusal = f"326, the client id is in use: {words}"
        elif code in LINE_LOST:
            self.state = ConnectionState.LOST
            self._spoil(f"{code}: {words}")
        elif code in LINE_BACK and self.state is not ConnectionState.DOWN:
            self.state = ConnectionState.STALE

    def _spoil(self, words: str) -> None:
        self.questions.fail_all(f"{words}; ask again when the connection is back")
        if self.listener is not None:
            self.listener.stir()

    # ---- using it --------------------------------------------------------------------------------------------------

    async def ready_to_read(self) -> Wrapper:
        """As `ready`; a connection that is coming back is waited for as long as for an answer. Raises: BrokerError."""
        await self._reconnect.wait(self.settings.answer_seconds)
        return await self.ready()

    async def ready(self) -> Wrapper:
        """The listener of a line that may be used, after a full look where one is due.

        Raises: BrokerError.
        """
        if self.state is ConnectionState.LOST:
            await self._ping()  # what TWS has to say of its line comes before its answer
        async with self._looking:
            while self.state is ConnectionState.STALE:
                await self._look_at_everything()
        return self._heard()

    async def _look_at_everything(self) -> None:
        """Ready only when it was whole, and nothing happened to the line meanwhile."""
        self.state, is_whole = ConnectionState.LOOKING, False
        try:
            await self._look(self)
            is_whole = True
        finally:
            if self.state is ConnectionState.LOOKING:
                self.state = ConnectionState.READY if is_whole else ConnectionState.STALE
                self.lookings += is_whole

    def _heard(self) -> Wrapper:
        if self.listener is None or self.state in (ConnectionState.DOWN, ConnectionState.LOST):
            raise BrokerError(f"{self._where()}: {self.state}; nothing was sent. {self._outlook()}")
        return self.listener

    def _outlook(self) -> str:
        if self._reconnect.is_under_way:
            return "It is being connected again; ask again in a moment"
        return self._refusal or "Connect again, or wait for the line"

    async def turn(self, urgency: Urgency) -> Any:
        """The client, when one question may be written to it; the message must follow without another wait.

        Raises: BrokerError when the line was lost while waiting: nothing was sent.
        """
        return await self._client_in_turn(urgency, 1, is_write=False)

    async def turn_to_write(self, urgency: Urgency, messages: int = 1) -> Any:
        """The same for orders and cancels, which go out only over a line that is ready."""
        return await self._client_in_turn(urgency, messages, is_write=True)

    async def _client_in_turn(self, urgency: Urgency, messages: int, *, is_write: bool) -> Any:
        if self._outbox is not None:
            await self._outbox.turn(urgency, messages)
        if self.client is None or (is_write and self.state is not ConnectionState.READY):
            raise BrokerError(f"{self._where()}: {self.state}; nothing was sent")
        return self.client

    async def request(self, name: Name, what: str, send: Callable[[Any], None], urgency: Urgency = ASKING) -> list[Any]:
        """Raises: BrokerError when there is no complete answer."""
        try:
            return await self.questions.request(name, what, self._writing(urgency, send))
        except UnansweredError:
            self._doubt()
            raise

    def _writing(self, urgency: Urgency, send: Callable[[Any], None]) -> Callable[[], Coroutine[Any, Any, None]]:
        async def write() -> None:
            send(await self.turn(urgency))

        return write

    async def request_numbered(
        self, what: str, send: Callable[[Any, int], None], urgency: Urgency = ASKING
    ) -> list[Any]:
        """A question whose answer names it. An error that TWS gives to it ends it, unless it is only a notice."""
        client = await self.turn(urgency)
        number = int(client.getReqId())

        async def write() -> None:
            send(client, number)

        try:
            return await self.questions.request_numbered(number, what, write)
        except UnansweredError:
            self._doubt()
            raise

    def next_id(self) -> int:
        """A number for an order: above every one that TWS has named and we have used."""
        assert self.listener is not None  # connected
        self.client.updateReqId(self.listener.highest_seen + 1)
        return int(self.client.getReqId())
