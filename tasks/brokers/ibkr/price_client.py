"""A connection to TWS for as long as questions about prices take, and the pace at which bars may be asked for."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import UTC, datetime
from typing import Any, TypeVar

from tasks.book.broker import IbkrSettings
from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.ibkr.contracts import Contracts, UnknownSymbolError, to_send
from tasks.brokers.ibkr.history_pacing import SAME_S, Asked, remembered, wait_s
from tasks.brokers.ibkr.market_data import Window, history
from tasks.brokers.ibkr.reported import Decoded
from tasks.brokers.ibkr.wrapper import TIME
from tasks.errors import BrokerError, ConfigError
from tasks.retry import CLIENT_ID_IS_FREE

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]
IN_USE = "326"


class Pace:
    """Lets requests for bars out as IB's rules allow, and keeps answers for as long as they may not be asked for again.

    Its memory ends with the process: a new one that asks the same at once may be told to slow down.
    """

    def __init__(self, most: int, clock: Callable[[], float], sleep: Sleep = asyncio.sleep) -> None:
        self._most, self._clock, self._sleep = most, clock, sleep
        self._asked: list[Asked] = []
        self._answers: dict[Hashable, tuple[float, list[Decoded]]] = {}

    async def turn(self, contract: Hashable, request: Hashable) -> None:
        """Return when the request may be sent; it is counted then."""
        while (wait := wait_s(self._asked, contract, request, self._clock(), self._most)) > 0:
            await self._sleep(wait)
        now = self._clock()
        self._asked = [*remembered(self._asked, now), Asked(now, contract, request)]

    def keep(self, request: Hashable, rows: list[Decoded]) -> None:
        """The same question within SAME_S seconds is answered from here: TWS counts it as a pacing violation."""
        now = self._clock()
        self._answers = {name: old for name, old in self._answers.items() if old[0] > now - SAME_S}
        self._answers[request] = now, rows

    def kept(self, request: Hashable) -> list[Decoded] | None:
        """The answer to the same request, while it may not be asked again."""
        at, rows = self._answers.get(request, (float("-inf"), []))
        return rows if at > self._clock() - SAME_S else None


class PriceClient:
    """One open connection."""

    def __init__(self, line: Connection, contracts: Contracts, pace: Pace) -> None:
        self._line, self._contracts, self._pace = line, contracts, pace

    async def time(self) -> datetime:
        """TWS's own clock, UTC. Raises: BrokerError."""
        return (await self._line.request(TIME, "the time", lambda client: client.reqCurrentTime()))[0]

    async def stock(self, symbol: str) -> Any | None:
        """The contract to ask with; None where TWS knows none of this name.

        Raises: ConfigError when it knows several; BrokerError.
        """
        try:
            return to_send(await self._contracts.traded(self._line, symbol))
        except UnknownSymbolError as unknown:
            if unknown.__cause__ is not None:  # TWS itself said that there is none
                return None
            raise ConfigError(
                f"universe: {symbol} does not mean one stock at Interactive Brokers; "
                f"say which one with data.ibkr.primary_exchanges: {{{symbol}: ...}}"
            ) from unknown

    async def bars(self, symbol: str, stock: Any, window: Window) -> list[Decoded]:
        """Raises: BrokerError when the answer is not whole."""
        request = (stock.conId, window)
        rows = self._pace.kept(request)
        if rows is None:
            await self._pace.turn((stock.conId, stock.exchange, window.kind), request)
            rows = await history(self._line, stock, symbol, window)
            self._pace.keep(request, rows)
        return rows


class Connections:
    """Opens a connection for one piece of work and gives the client id back: nothing has to be closed later."""

    def __init__(self, settings: IbkrSettings, pace: Pace) -> None:
        self._settings, self._pace = settings, pace
        self._contracts = Contracts(settings.primary_exchanges, settings.share_step)
        self._turn = asyncio.Lock()

    async def during(self, work: Callable[[PriceClient], Awaitable[T]]) -> T:
        """One piece of work at a time. Raises: BrokerError when TWS is not there, and what the work raises."""
        async with self._turn:
            line = await self._opened()
            try:
                return await work(PriceClient(line, self._contracts, self._pace))
            finally:
                line.close()

    async def _opened(self) -> Connection:
        for left in reversed(range(CLIENT_ID_IS_FREE.most)):
            line = Connection(self._settings, lambda: datetime.now(UTC), _look_at_nothing)
            try:
                await line.connect()
                return line
            except BrokerError as failed:
                if IN_USE not in str(failed) or not left:
                    raise BrokerError(f"prices of Interactive Brokers: {failed}") from failed
            await asyncio.sleep(CLIENT_ID_IS_FREE.pause.total_seconds())
        raise AssertionError("unreachable")


async def _look_at_nothing(line: Connection) -> None:
    """Prices need no look at orders and accounts."""
    del line
