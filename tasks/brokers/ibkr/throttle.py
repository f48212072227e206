"""The queue that everything leaves through: by urgency, then in order of arrival, as fast as the bucket lets it.

Cancels go first, then orders by their own urgency. Questions about orders and the account go before ordinary orders,
as what is unknown must not wait behind what is new; questions about contracts and prices stand among them.
"""

import asyncio
import heapq
import itertools

from tasks.brokers.ibkr.token_bucket import TokenBucket
from tasks.model.orders import Urgency

LOOKING, ASKING = Urgency.HIGH, Urgency.NORMAL
"""Of questions about orders and the account, and of all others."""


class Throttle:
    """Lives in the loop of the connection and outlives it: TWS may count over a new connection of the same client."""

    def __init__(self, rate: float) -> None:
        self._bucket = TokenBucket.full(rate, asyncio.get_running_loop().time())
        self._queue: list[tuple[Urgency, int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._pump: asyncio.Task[None] | None = None

    async def turn(self, urgency: Urgency, messages: int = 1) -> None:
        """Return when so many messages may be written, which must then be written at once, without another wait."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (urgency, next(self._count), messages, turn))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._serve())
        await turn

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            _, _, messages, turn = self._queue[0]
            if turn.done():  # nobody waits for it any more
                heapq.heappop(self._queue)
            elif wait := self._bucket.wait_s(loop.time(), messages):
                await asyncio.sleep(wait)
            else:
                heapq.heappop(self._queue)
                self._bucket = self._bucket.taken(loop.time(), messages)
                turn.set_result(None)
