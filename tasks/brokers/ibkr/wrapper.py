"""Hears every message of TWS: the client library decodes, this keeps. The names of the methods are the library's.

Whatever a method raises the library would swallow, with the message; `Garbled` notices, and no answer counts as whole.
"""

# ruff: noqa: N802 - the methods are named by the library
import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from tasks.brokers.ibkr.codes import SYSTEM
from tasks.brokers.ibkr.errors import is_notice
from tasks.brokers.ibkr.instruments import Instrument, instrument_of
from tasks.brokers.ibkr.reported import (
    UNSET,
    Decoded,
    OrderKey,
    ReportedOrder,
    Reports,
    exact,
    from_execution,
    from_order,
    order_name,
)
from tasks.brokers.ibkr.requests import PendingRequests

BID, ASK, LAST = 1, 2, 4
WHOLE_QUOTE = frozenset({BID, ASK, LAST})
"""TWS ends a snapshot only after eleven seconds; with these it is whole."""
OPEN, COMPLETED, POSITIONS, DOWNLOAD, TIME = "open orders", "completed orders", "positions", "account", "time"


CASH_TAG = "TotalCashBalance"


class Position(NamedTuple):
    """What an account holds of one contract, signed."""

    account: str
    instrument: Instrument
    quantity: Decimal


class Cash(NamedTuple):
    """What an account has of one currency, as TWS writes it."""

    currency: str
    """`BASE` is the sum of all, in the account's own currency."""
    amount: str


@dataclass(frozen=True, slots=True)
class Worth:
    """What TWS says a position is worth; two answers agree whatever the market has done between them."""

    con_id: int
    value: Decimal = field(compare=False)
    """In the contract's currency."""


class Zone(NamedTuple):
    """What the decoder asks of the library's `IB`: the zone of times that TWS tells without one."""

    TimezoneTWS: str


class Wrapper:
    """Takes what the library decodes: into the record of orders, or as rows of the question it answers."""

    defaultTimezone = UTC  # noqa: N815 - the library's name

    def __init__(
        self,
        client_id: int,
        zone: str,
        questions: PendingRequests,
        clock: Callable[[], datetime],
        on_system: Callable[[int, str], None],
        on_closed: Callable[["Wrapper"], None],
    ) -> None:
        self.ib = Zone(zone)
        self.records = Reports()
        self.accounts: tuple[str, ...] = ()
        self.highest_seen = 0
        self._client_id, self._questions, self._clock = client_id, questions, clock
        self._on_system, self._on_closed = on_system, on_closed
        self._news: dict[OrderKey, asyncio.Event] = {}

    # ---- for the connection ----------------------------------------------------------------------------------------

    def take_over(self, before: "Wrapper") -> None:
        """Go on from an earlier connection of the same client: what was sent there is not sent again here."""
        self.records, self.highest_seen = before.records.of_an_earlier_connection(), before.highest_seen

    def news_of(self, name: OrderKey) -> asyncio.Event:
        """Set whenever something is heard of an order."""
        return self._news.setdefault(name, asyncio.Event())

    def stir(self) -> None:
        """Let everybody who waits for an order look again."""
        for event in self._news.values():
            event.set()

    def keep(self, order: ReportedOrder) -> None:
        """Replaces what was known of the order, and wakes who waits for news of it."""
        self.records.orders[order.name] = order
        if order.name in self._news:
            self._news[order.name].set()

    # ---- the connection itself -------------------------------------------------------------------------------------

    def connectAck(self) -> None: ...

    def setEventsDone(self) -> None: ...

    def connectionClosed(self) -> None:
        self._on_closed(self)

    def managedAccounts(self, accounts: str) -> None:
        self.accounts = tuple(a for a in accounts.split(",") if a)

    def nextValidId(self, order_id: int) -> None: ...

    def error(self, about: int, code: int, words: str, rejection: str = "") -> None:
        """A word on the line, on a question, or on an order of ours; the notices are no refusals."""
        del rejection
        if about == SYSTEM:
            self._on_system(code, words)
            return
        if not is_notice(code):
            self._questions.refuse(about, code, words)
        order = self.records.orders.get((self._client_id, about))
        if order is not None:
            self.keep(order.with_error(code, words))

    # ---- orders ----------------------------------------------------------------------------------------------------

    def openOrder(self, order_id: int, contract: Decoded, order: Decoded, state: Decoded) -> None:
        self.highest_seen = max(self.highest_seen, order_id)
        if order.whatIf:
            return
        name = order_name(int(order.clientId), order_id, int(order.permId))
        before = self.records.orders.get(name)
        told = from_order(name, contract, order, state, before)
        self.keep(told.with_status(told.status, told.filled, told.perm_id, told.why_held, self._clock()))
        self._questions.add(OPEN, name)

    def openOrderEnd(self) -> None:
        self._questions.end(OPEN)

    def orderStatus(
        self,
        order_id: int,
        status: str,
        filled: float,
        remaining: float,
        average: float,
        perm_id: int,
        parent_id: int,
        last_price: float,
        client_id: int,
        why_held: str,
        cap_price: float = 0.0,
    ) -> None:
        del remaining, average, parent_id, last_price, cap_price
        order = self.records.orders.get(order_name(client_id, order_id, perm_id))
        if order is not None:
            self.keep(order.with_status(status, exact(filled), perm_id, why_held, self._clock()))

    def completedOrder(self, contract: Decoded, order: Decoded, state: Decoded) -> None:
        name = order_name(-1, 0, int(order.permId))
        self._questions.add(COMPLETED, from_order(name, contract, order, state, None))

    def completedOrdersEnd(self) -> None:
        self._questions.end(COMPLETED)

    # ---- executions ------------------------------------------------------------------------------------------------

    def execDetails(self, about: int, contract: Decoded, execution: Decoded) -> None:
        if execution.orderId in (UNSET, 2147483647):  # placed by hand: TWS leaves the number unset
            execution.orderId = 0
        seen = from_execution(contract, execution)
        self.records.executions[seen.execution_id] = seen
        self._questions.add(about, seen.execution_id)
        if seen.name in self._news:
            self._news[seen.name].set()

    def execDetailsEnd(self, about: int) -> None:
        self._questions.end(about)

    def commissionReport(self, report: Decoded) -> None:
        """May come before its execution, late, twice, or never."""
        self.records.fees[report.execId] = exact(report.commission)

    # ---- the account -----------------------------------------------------------------------------------------------

    def position(self, account: str, contract: Decoded, shares: float, average: float) -> None:
        """Zero shares is a position that was closed."""
        del average
        self._questions.add(POSITIONS, Position(account, instrument_of(contract), exact(shares)))

    def positionEnd(self) -> None:
        self._questions.end(POSITIONS)

    def updateAccountValue(self, tag: str, value: str, currency: str, account: str) -> None:
        if tag == CASH_TAG:
            self._questions.add((DOWNLOAD, account), Cash(currency, value))

    def updatePortfolio(
        self,
        contract: Decoded,
        position: float,
        price: float,
        value: float,
        average: float,
        unrealized: float,
        realized: float,
        account: str,
    ) -> None:
        del position, price, average, unrealized, realized
        if exact(value):
            self._questions.add((DOWNLOAD, account), Worth(int(contract.conId), exact(value)))

    def updateAccountTime(self, said: str) -> None: ...

    def accountDownloadEnd(self, account: str) -> None:
        self._questions.end((DOWNLOAD, account))

    # ---- contracts, prices, the clock ------------------------------------------------------------------------------

    def contractDetails(self, about: int, details: Decoded) -> None:
        self._questions.add(about, details)

    def contractDetailsEnd(self, about: int) -> None:
        self._questions.end(about)

    def marketRule(self, rule: int, increments: list[Decoded]) -> None:
        self._questions.add(("rule", rule), tuple((exact(i.lowEdge), exact(i.increment)) for i in increments))
        self._questions.end(("rule", rule))

    def historicalData(self, about: int, bar: Decoded) -> None:
        self._questions.add(about, bar)

    def historicalDataEnd(self, about: int, start: str, end: str) -> None:
        del start, end
        self._questions.end(about)

    def marketDataType(self, about: int, kind: int) -> None:
        self._questions.add(about, ("type", kind))

    def priceSizeTick(self, about: int, kind: int, price: float, size: float) -> None:
        self._questions.add(about, (("size", kind), exact(size)))
        self._questions.add(about, (kind, exact(price)))
        if {tick for tick, _ in self._questions.rows(about)} >= WHOLE_QUOTE:
            self._questions.end(about)

    def tickSnapshotEnd(self, about: int) -> None:
        self._questions.end(about)

    def currentTime(self, at: int) -> None:
        self._questions.add(TIME, datetime.fromtimestamp(at, UTC))
        self._questions.end(TIME)


OURS = frozenset({1, 3, 4, 5, 6, 10, 11, 17, 52, 53, 54, 55, 57, 58, 59, 61, 62, 93, 101, 102})
"""Kinds of messages that are parts of answers or news of orders."""
FIELDS = re.compile(r"Error handling fields: \['(\d+)'")


class Garbled:
    """Stands where the decoder logs what it could not read, and then forgets it with the message."""

    def __init__(self, questions: PendingRequests) -> None:
        self._questions = questions

    def exception(self, words: str, *more: object) -> None:
        """A message of a kind that nothing here needs may be unreadable; any other spoils every answer under way."""
        del more
        unreadable = FIELDS.match(words)
        if unreadable is None or int(unreadable[1]) in OURS:
            self._questions.fail_all(f"TWS sent a message that cannot be read ({words[:60]}...); ask again")
