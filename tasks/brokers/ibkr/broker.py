"""Interactive Brokers behind the one door every broker has."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from tasks.book.broker import IbkrSettings
from tasks.brokers.ibkr.account import (
    account_rows,
    executions_of_the_day,
    find,
    look_at_everything,
    positions,
    working_orders,
)
from tasks.brokers.ibkr.build_order import SINGLE_DAY, STRATEGIES
from tasks.brokers.ibkr.clock import Clock
from tasks.brokers.ibkr.codes import WIRE_KINDS, is_over
from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.ibkr.contracts import Contracts
from tasks.brokers.ibkr.library import LIBRARY
from tasks.brokers.ibkr.market_data import minute_bars, quotes
from tasks.brokers.ibkr.orders import cancel, send
from tasks.brokers.ibkr.parse_orders import heard_of, is_of_session, parse_executions, parse_order, with_legs
from tasks.brokers.ibkr.positions import account_of
from tasks.brokers.ibkr.reported import ReportedExecution, ReportedOrder
from tasks.brokers.ibkr.send_checks import known_order, must_agree, must_be_tradable
from tasks.brokers.ibkr.transport import LOOP
from tasks.brokers.ibkr.wrapper import TIME, Position
from tasks.brokers.remarks import Remark
from tasks.errors import ConfigError, OrderRefusedError, OrderUnknownError
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderClass, OrderRequest

ARRIVES_WITHIN = timedelta(seconds=60)
BEFORE_THE_OPEN = timedelta(minutes=30)
Told = TypeVar("Told", ReportedOrder, ReportedExecution, Position)
Hours = Callable[[date], tuple[datetime, datetime]]


class IbkrBroker:
    """Implements `Broker`. Its methods may be called from any thread; each one waits for its answer."""

    name = "ibkr"

    def __init__(self, settings: IbkrSettings, account: str, clock: Clock, hours: Hours, *, live: bool = False) -> None:
        """Raises: ConfigError for a name of an account that does not go with `live`."""
        must_agree(account, live)
        self._settings, self._account, self._clock, self._hours = settings, account, clock, hours
        self._line = Connection(settings, clock.now, lambda line: look_at_everything(line, account))
        self._contracts = Contracts(settings.primary_exchanges, settings.share_step)
        self._told_without_fee: set[str] = set()
        self._going_out: set[str] = set()
        self.capabilities = Capabilities(
            environment="live" if live else "paper",
            takes=frozenset(WIRE_KINDS),
            fractions=SINGLE_DAY if settings.share_step < 1 else frozenset(),
            share_step=settings.share_step,
            price_step=Decimal("0.01"),
            clock_jumps=clock.jumps,
            market_data_note=f"Interactive Brokers, SMART route, through {LIBRARY}; minute bars of trades in regular "
            "hours, auction prints inside the first and the last minute.",
            classes=frozenset(OrderClass),
            native=frozenset(STRATEGIES),
            statement=False,
            keys_are_unique=False,
            absence_proves_after=ARRIVES_WITHIN,
        )

    # ---- the connection --------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Become the one connection of the client id: the only place that connects; nothing where it stands.

        Raises: BrokerError when TWS is not there, the client id is in use, or an answer about the account is not
        whole; ConfigError when TWS is logged in to other accounts.
        """
        LOOP.run(self._line.connect())

    def close(self) -> None:
        """Give the client id back."""

        async def close() -> None:
            self._line.close()

        LOOP.run(close())

    # ---- sessions and the clock ------------------------------------------------------------------------------------

    def open_session(self, session: date) -> None:
        """Only a clock that jumps is moved, to half an hour before the open. Raises: ConfigError after the close."""
        open_at, close_at = self._hours(session)
        if self._clock.now() >= close_at:
            raise ConfigError(f"session {session} was over at {close_at:%Y-%m-%d %H:%M} UTC; choose a later one")
        if self._clock.jumps and self._clock.now() < open_at - BEFORE_THE_OPEN:
            self._clock.wait_until(open_at - BEFORE_THE_OPEN)

    def now(self) -> datetime:
        return self._clock.now()

    def wait_until(self, at: datetime) -> datetime:
        return self._clock.wait_until(at)

    def broker_time(self) -> datetime:
        """TWS's own clock, UTC, which it tells to the second. Raises: BrokerError."""

        async def read() -> datetime:
            await self._line.ready_to_read()
            return (await self._line.request(TIME, "the time", lambda client: client.reqCurrentTime()))[0]

        return LOOP.run(read())

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        return self._hours(session)

    # ---- orders ----------------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """Send once. A key that this connection has seen at work or sent is not sent again.

        Raises: OrderRefusedError; OrderUnknownError when nothing was heard of it; BrokerError when nothing was sent.
        """
        return LOOP.run(self._submit(request))

    async def _submit(self, request: OrderRequest) -> BrokerOrder:
        if request.key in self._going_out:
            raise OrderUnknownError(f"{request.key}: is being sent by another thread; look it up")
        self._going_out.add(request.key)
        try:
            listener = await self._line.ready()
            known = known_order(listener.records, request.key)
            if known is not None:
                return known
            traded = await self._contracts.traded(self._line, request.symbol, request.urgency)
            must_be_tradable(request, traded, self._account, self.capabilities)
            return await send(self._line, request, traded)
        finally:
            self._going_out.discard(request.key)

    def cancel(self, key: str) -> BrokerOrder:
        return LOOP.run(self._cancel(key))

    async def _cancel(self, key: str) -> BrokerOrder:
        await self._line.ready()
        order = await self._working_order(key)
        if order is not None:
            return await cancel(self._line, order)
        found = await self._find(key)
        if found is None:
            raise OrderRefusedError(f"{key}: no order of this key is open or was completed today; look it up")
        return found

    async def _working_order(self, key: str) -> ReportedOrder | None:
        """From what was heard, or else from a new list of open orders."""
        listener = await self._line.ready()
        heard = [o for o in listener.records.of_key(key) if o.status and not is_over(o.status) and not o.is_refused]
        if not heard:
            heard = [o for o in await working_orders(self._line, self._account) if o.key == key]
        return heard[0] if heard else None

    def find_order(self, key: str) -> BrokerOrder | None:
        """By `orderRef` in the open orders, the executions and the completed orders of the day."""
        return LOOP.run(self._find(key))

    async def _find(self, key: str) -> BrokerOrder | None:
        await self._line.ready_to_read()
        return await find(self._line, self._account, key, self._clock.now() - ARRIVES_WITHIN)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        """Of the whole account: other clients' and those placed by hand too, whose key may be empty.

        Those of contracts that no book holds are left out: an order for a stock's options is none for the stock.
        """
        return LOOP.run(self._open_orders())

    async def _open_orders(self) -> tuple[BrokerOrder, ...]:
        listener = await self._line.ready_to_read()
        orders = sorted(await self._the_books(await working_orders(self._line, self._account)), key=lambda o: o.perm_id)
        records = listener.records
        told = (parse_order(order, records.executions.values()) for order in orders)
        return tuple(with_legs(order, lambda key: heard_of(records, key)) for order in told)

    def executions(self, session: date) -> tuple[Execution, ...]:
        """TWS tells those of the current day only: of an earlier session there are none.

        One whose commission has not come is left out for `commission_seconds`; the order says meanwhile that it has
        filled by more. A commission that comes later still is a correction of that execution.
        """
        return LOOP.run(self._executions(session))

    async def _executions(self, session: date) -> tuple[Execution, ...]:
        listener = await self._line.ready_to_read()
        await executions_of_the_day(self._line)
        records = listener.records
        rows = [e for e in records.executions.values() if e.account == self._account and is_of_session(e, session)]
        rows = await self._the_books(rows)
        free_before = self._clock.now() - timedelta(seconds=self._settings.commission_seconds)
        told = parse_executions(rows, records.fees, self._told_without_fee, free_before)
        self._told_without_fee.update(e.execution_id for e in told if e.execution_id not in records.fees and not e.fee)
        return told

    # ---- the account and the market --------------------------------------------------------------------------------

    def account_state(self) -> AccountState:
        """Shares and USD of the book, and beside them whatever else the account holds.

        Raises: BrokerError unless TWS has ended both answers, positions and cash.
        """
        return LOOP.run(self._account_state())

    async def _account_state(self) -> AccountState:
        await self._line.ready_to_read()
        held = await positions(self._line, self._account)
        rows = await account_rows(self._line, self._account)
        books = {row.instrument.con_id for row in await self._the_books(held)}
        return account_of(self._account, self._clock.now(), held, books, rows)

    async def _the_books(self, rows: Sequence[Told]) -> list[Told]:
        """Those that are about stocks a book can hold."""
        asked = (self._contracts.is_the_books(self._line, row.instrument) for row in rows)
        return [row for row, is_its in zip(rows, await asyncio.gather(*asked), strict=True) if is_its]

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """The socket of TWS does not tell dividends and splits: they show as differences of cash and shares."""
        del first, last
        return ()

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return LOOP.run(self._quotes(symbols))

    async def _quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        await self._line.ready_to_read()
        return await quotes(self._line, self._contracts, symbols, self._clock.now())

    def remarks(self) -> tuple[Remark, ...]:
        """What TWS has said of its data farms, as far as it is bad."""
        return self._line.farms.remarks()

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        return LOOP.run(self._market_bars(symbol, start, min(end, self._clock.now())))

    async def _market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        await self._line.ready_to_read()
        bars = await minute_bars(self._line, self._contracts, symbol, start, end)
        return tuple(bar for bar in bars if bar.end <= end)
