"""One connected client: reads its messages, answers each kind, and hears what is told unasked."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol

from tasks.book.faults import FaultKind
from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.encode import Message
from tasks.brokers.sandbox.tws.framing import Unframing, framed
from tasks.brokers.sandbox.tws.orders import Ordering
from tasks.brokers.sandbox.tws.queries import Answering
from tasks.brokers.simulated.faults.network import Unanswered

VERSION = 176
OLDEST = 157
START_API = "71"
REST_COMES_WITHIN_S = 0.4
"""Both orders of a pair are sent at once; on a busy machine they may arrive some time apart."""
RESETS = (FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER)


class House(Protocol):
    """What a client needs of the server."""

    answering: Answering
    ordering: Ordering
    latency_s: float
    resets_cut: bool
    is_mute: bool

    def admit(self, client: "Client", client_id: int) -> bool:
        """False sends the client away."""
        ...

    def left(self, client: "Client") -> None:
        """May be called twice."""
        ...

    def is_too_fast(self, client: "Client", at: float) -> bool:
        """True cuts the client off, as TWS does."""
        ...

    def look(self) -> None:
        """Tell every client what has changed."""
        ...

    def hush(self, client: "Client") -> None:
        """What has changed by a message whose answer is lost is not told either."""
        ...

    def must_wait(self) -> bool:
        """Whether TWS has lost its own connection: what comes in waits."""
        ...


class Client(asyncio.Protocol):
    """One connection of a client library, from its greeting to its end."""

    def __init__(self, house: House) -> None:
        self.client_id: int | None = None
        self.received: list[list[str]] = []
        """Every message, for tests."""
        self.arrivals: list[float] = []
        self.waiting: list[list[str]] = []
        self._house = house
        self._frames = Unframing()
        self._greeted = False
        self._transport: asyncio.Transport | None = None

    # ---- the socket --------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, once."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio, once, whoever hung up."""
        del exc
        self._transport = None
        self._house.left(self)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio with whatever came, whole messages or not; what cannot be read ends the connection."""
        try:
            found = self._frames.take(data)
        except ValueError:
            self.close()
            return
        loop = asyncio.get_running_loop()
        for fields in found:
            if self._house.latency_s:
                loop.call_later(self._house.latency_s, self.take, fields)
            else:
                self.take(fields)

    def send(self, *told: Message) -> None:
        """All of it in one write; nothing when the client has gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(framed(message) for message in told))

    def close(self) -> None:
        """May be called twice; what was written before is still sent."""
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """Reset, with what is still in the buffers lost."""
        if self._transport is not None:
            self._transport.abort()

    # ---- what comes in -----------------------------------------------------------------------------------------

    def take(self, fields: list[str]) -> None:
        """Handle one message."""
        if self._house.is_mute:
            return
        if not self._greeted:
            self._greet(fields)
            return
        at = asyncio.get_running_loop().time()
        self.received.append(fields)
        self.arrivals.append(at)
        if fields[0] == START_API:
            self._start(int(fields[2]))
        elif self._house.is_too_fast(self, at):
            self.send(encode.error(-1, 100, "Max rate of messages per second has been exceeded"))
            self.close()
        else:
            self._house.look()
            if self._house.must_wait() and fields[0] != "49":
                self.waiting.append(fields)
            else:
                self.answer(fields)

    def answer(self, fields: Sequence[str]) -> None:
        """Carries out one message now, also one that was held back."""
        self._say(self._reply(fields))

    def flush(self) -> None:
        """Let out what has waited long enough for the rest of its group."""
        if self.client_id is not None:
            self._say(self._house.ordering.flush(self.client_id, REST_COMES_WITHIN_S))

    def _say(self, answer: Iterator[Message]) -> None:
        try:
            self.send(*answer)
        except Unanswered as silence:
            if silence.kind in RESETS and self._house.resets_cut:
                self.cut()
            self._house.hush(self)
            self._house.look()

    def _reply(self, fields: Sequence[str]) -> Iterator[Message]:
        assert self.client_id is not None  # it has started
        if fields[0] in self._house.ordering.KINDS:
            yield from self._house.ordering.reply(self.client_id, fields)
            return
        yield from self._house.ordering.flush(self.client_id)
        yield from self._house.answering.reply(self.client_id, fields)

    def _greet(self, fields: Sequence[str]) -> None:
        """The first frame names the versions a client can speak: `v157..176`."""
        newest = int(fields[0].partition(" ")[0].removeprefix("v").rpartition("..")[2])
        self._greeted = True
        self.send((str(min(newest, VERSION)), "20221122 09:00:00 EST"))
        if newest < OLDEST:
            self.close()

    def _start(self, client_id: int) -> None:
        if not self._house.admit(self, client_id):
            self.send(encode.error(-1, 326, "Unable to connect as the client id is already in use."))
            self.close()
            return
        self.client_id = client_id
        self.send(*self._house.answering.welcome(client_id))
