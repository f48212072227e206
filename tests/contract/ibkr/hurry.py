"""The clock of the client's loop, which a test controls: where nobody answers, the time for an answer is over at once.

A silence is known to the server that keeps it. It makes the clock jump: nothing is waited for in real time, and the
time for an answer can be as long as a busy machine may need for one.
"""

import asyncio
from typing import Any

from tasks.brokers.ibkr.transport import LOOP
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.sandbox.tws.session import Client
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.brokers.simulated.faults.exchange import FaultyExchange

SETTLES_S = 0.005
"""Real seconds in which what the server wrote before a silence reaches the client."""
SILENCES = frozenset(
    {
        WireFault.NO_POSITION_END,
        WireFault.NO_OPEN_ORDER_END,
        WireFault.NO_EXECUTION_END,
        WireFault.NO_COMPLETED_END,
        WireFault.NO_DOWNLOAD_END,
        WireFault.LATE_POSITIONS,
        WireFault.SILENT_ACCEPT,
        WireFault.SILENT_LAST_LEG,
    }
)


class JumpingClock:
    """A running loop's own clock; from its first jump on it is ahead."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._real, self._ahead_s = loop, loop.time, 0.0
        loop.time = lambda: self._real() + self._ahead_s

    def jump(self, seconds: float) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._go_ahead, seconds)

    def _go_ahead(self, seconds: float) -> None:
        self._ahead_s += seconds


async def _found() -> JumpingClock:
    """One for each loop: it stays for all worlds of a process."""
    loop: Any = asyncio.get_running_loop()
    loop.jumping_clock = getattr(loop, "jumping_clock", None) or JumpingClock(loop)
    return loop.jumping_clock


class HurriedVenue(TwsVenue):
    """Whoever waits here for an answer that does not come has waited for so many seconds at once."""

    def __init__(self, exchange: FaultyExchange, silence_s: float, **settings: Any) -> None:
        super().__init__(exchange, **settings)
        self._clock, self._silence_s = LOOP.run(_found()), silence_s
        self._is_jumping = False
        self._due = self.faults.due
        self.faults.due = self._is_due

    @property
    def is_mute(self) -> bool:
        if self._is_mute:
            self.jump_soon()
        return self._is_mute

    @is_mute.setter
    def is_mute(self, value: bool) -> None:
        self._is_mute = value

    def hush(self, client: Client) -> None:
        super().hush(client)
        self.jump_soon()

    def _is_due(self, fault: WireFault) -> bool:
        is_due = self._due(fault)
        if is_due and fault in SILENCES:
            self.jump_soon()
        return is_due

    def jump_soon(self) -> None:
        """Once for all that is kept back at the same time: a second jump would end the next question."""
        if not self._is_jumping:
            self._is_jumping = True
            self._loop.call_later(SETTLES_S, self._jump)

    def _jump(self) -> None:
        self._is_jumping = False
        self._clock.jump(self._silence_s)
