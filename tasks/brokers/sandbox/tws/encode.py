"""What the server sends: the layout of each message at server version 176. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from tasks.brokers.sandbox.tws.contracts import Stock, increments
from tasks.brokers.sandbox.tws.decode import WIRE_KINDS
from tasks.brokers.sandbox.tws.framing import Field, stamp
from tasks.model.orders import Execution, OrderRequest, OrderType, Side

Message = tuple[Field, ...]
NONE = ("",)
TRADED_HOURS = "20221122:0930-20221122:1600"


@dataclass(frozen=True, slots=True)
class Shown:
    """An order as TWS shows it."""

    order_id: int
    """The client's own number; 0 where no client placed it."""
    client_id: int
    perm_id: int
    order_ref: str
    request: OrderRequest
    status: str
    filled: Decimal
    average: Decimal
    """USD per share of what is filled; 0 while nothing is."""
    last_price: Decimal = Decimal(0)
    why_held: str = ""
    completed: str = ""
    """The words of a completed order's status."""
    at: str = ""
    parent_id: int = 0
    """The number that the client gave the parent; 0 without one."""
    parent_perm_id: int = 0
    group: str = ""
    """Name of the OCA group."""
    algorithm: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def remaining(self) -> Decimal:
        """As TWS tells it, from the fills that are shown."""
        return self.request.shares - self.filled


def managed_accounts(account: str) -> Message:
    """Sent first, before a client has asked for anything."""
    return (15, 1, account)


def next_valid_id(order_id: int) -> Message:
    """The lowest number that the client may give its next order."""
    return (9, 1, order_id)


def error(about: int, code: int, words: str) -> Message:
    """About a request or an order by its number; -1 is about the system."""
    return (4, 2, about, code, words, "")


def order_status(o: Shown) -> Message:
    """May be sent more than once for one state, as TWS does."""
    return (
        *(3, o.order_id, o.status, o.filled, o.remaining, o.average, o.perm_id, o.parent_id),
        *(o.last_price, o.client_id, o.why_held, 0),
    )


class Contract(Protocol):
    """Whatever an account can hold."""

    @property
    def primary_exchange(self) -> str:
        """Empty for what is not listed on one."""
        ...

    def fields(self, right: str = "") -> Message:
        """Number, symbol, type, expiry, strike, right, multiplier, exchange, currency, local symbol, class."""
        ...


def _terms(o: Shown) -> Message:
    """Action to time in force."""
    asked = o.request
    order_type, when = WIRE_KINDS[asked.order_type, asked.time_in_force]
    aux = asked.trail_usd if asked.order_type is OrderType.TRAILING_STOP else asked.stop_price
    return (asked.side.value, asked.shares, order_type, asked.limit_price or 0, aux or 0, when)


def _algorithm(o: Shown) -> Message:
    """A name and its parameters; one empty field where there is none."""
    if not o.algorithm:
        return NONE
    return (o.algorithm, len(o.tags), *(field for tag in o.tags for field in tag))


def _trailing(o: Shown) -> Field:
    """Percent."""
    return "" if o.request.trail_pct is None else o.request.trail_pct


def open_order(o: Shown, stock: Contract) -> Message:
    """136 fields without an algorithm."""
    return (
        *(5, o.order_id, *stock.fields("?"), *_terms(o), o.group, o.request.account, "", 0, o.order_ref),
        *(o.client_id, o.perm_id, 0, 0, 0, "", "", "", "", "", "", "", "", "", ""),  # to percentOffset
        *("", 0, "", -1, 0, "", "", "", "", "", 0, 0, 0, 0, "", 3, 0, 0, "", o.parent_id, 0),  # to triggerMethod
        *("", 0, "None", "", 0, "", "", "", "?", 0, 0, ""),  # volatility and delta neutral
        *(0, "", "", _trailing(o), "", "", "", 0, 0, 0, "", "", "", ""),  # to hedgeType
        *(0, "", "IB", 0, 0, *_algorithm(o), 0, 0, o.status, *NONE * 9, "", "", "", "", ""),  # to warningText
        *(0, 0, 0, "None", "", "", "", "", "", "", 0, "", "", "", "", 1, 0, 0, ""),  # to usePriceMgmtAlgo
        *("", "", 0, "", "", "", "", ""),
    )


def completed_order(o: Shown, stock: Contract) -> Message:
    """Like an open order without number and client; a filled one has the quantity 0, as at TWS; 101 fields."""
    action, shares, *terms = _terms(o)
    told = 0 if o.status == "Filled" else shares
    return (
        *(101, *stock.fields("?"), action, told, *terms, o.group, o.request.account, "", 0, o.order_ref),
        *(o.perm_id, 0, 0, 0, "", "", "", "", "", "", "", "", ""),  # to percentOffset
        *("", 0, "", -1, "", "", "", "", "", 0, 0, 0, "", 3, 0),  # to triggerMethod
        *("", 0, "None", "", 0, 0, 0, ""),
        *(0, "", "", _trailing(o), "", 0, 0, 0, "", "", "", ""),  # to hedgeType
        *("", "IB", 0, 0, *_algorithm(o), 0, o.status, 0, 0, 0),  # to nConditions
        *("", "", "", 1, 0, "", o.filled, 0, 0, "", 0, 0, o.parent_perm_id, o.at, o.completed),
        *("", "", "", "", ""),
    )


def execution(
    about: int, o: Shown, stock: Contract, row: Execution, name: str, total: Decimal, *, with_zone: bool = True
) -> Message:
    """31 fields; `about` is the request that asked, or -1; `total` is what the order had filled with it."""
    return (
        *(11, about, o.order_id, *stock.fields(), name, stamp(row.at, with_zone=with_zone), row.account),
        *("NASDAQ", "BOT" if row.side is Side.BUY else "SLD", row.shares, row.price, o.perm_id, o.client_id),
        *(0, total, o.average, o.order_ref, "", "", "", 2),
    )


def commission(name: str, fee: Decimal) -> Message:
    """USD; the fee of an execution, in a message after it."""
    return (59, 1, name, fee, "USD", "1.7976931348623157E308", "1.7976931348623157E308", "")


def position(account: str, stock: Contract, shares: Decimal) -> Message:
    """Shares signed; the average cost is told as 0."""
    return (61, 3, account, *stock.fields(), shares, 0)


def account_value(tag: str, value: Decimal | str, currency: str, account: str) -> Message:
    """A value as text; `currency` BASE is the sum in the account's own."""
    return (6, 2, tag, value, currency, account)


def portfolio(account: str, stock: Contract, shares: Decimal, price: Decimal, worth: Decimal) -> Message:
    """With the primary exchange where the other messages have the route; price and worth in the contract's currency."""
    before, after = stock.fields()[:7], stock.fields()[8:]
    return (7, 8, *before, stock.primary_exchange, *after, shares, price, worth, 0, 0, 0, account)


def contract_details(about: int, stock: Stock) -> Message:
    """40 fields."""
    return (
        *(10, about, stock.symbol, "STK", "", 0, "", "SMART", "USD", stock.symbol, "NMS", "NMS", stock.con_id),
        *(stock.min_tick, "", "LMT,LOC,MKT,MOC", "SMART,NASDAQ", 1, 0, stock.symbol, stock.primary_exchange, ""),
        *("", "", "", "US/Eastern", TRADED_HOURS, TRADED_HOURS, "", "", 0),
        *(1, "", "", f"{stock.rule},{stock.rule}", "", "COMMON", stock.size_step, stock.size_step, stock.size_step),
    )


def market_rule(rule: int) -> Message:
    """Price bands with their increments, the lowest band first."""
    bands = increments(rule)
    return (93, rule, len(bands), *(field for band in bands for field in band))


def bars(about: int, rows: Sequence[Sequence[Field]]) -> Message:
    """Each row: date, open, high, low, close, volume, average price, count."""
    return (17, about, "", "", len(rows), *(field for row in rows for field in row))


def tick(about: int, kind: int, price: Decimal, size: int) -> Message:
    """1 is the bid, 2 the ask, 4 the last price."""
    return (1, 6, about, kind, price, size, 0)


def current_time(at: datetime) -> Message:
    """In whole seconds of the epoch."""
    return (49, 1, int(at.timestamp()))


POSITION_END: Message = (62, 1)
OPEN_ORDER_END: Message = (53, 1)
COMPLETED_END: Message = (102,)


def download_end(account: str) -> Message:
    """After the last row of an account's download."""
    return (54, 1, account)


def execution_end(about: int) -> Message:
    """After the last execution of the request `about`."""
    return (55, 1, about)


def details_end(about: int) -> Message:
    """After the last contract of the request `about`."""
    return (52, 1, about)


def snapshot_end(about: int) -> Message:
    """After the last tick of the request `about`."""
    return (57, 1, about)


def data_type(about: int, kind: int) -> Message:
    """1 is live, 3 delayed."""
    return (58, 1, about, kind)


def account_row(about: int, account: str, key: str, value: Decimal, currency: str) -> Message:
    """One value of a multi-account request."""
    return (73, 1, about, account, "", key, value, currency)


def account_rows_end(about: int) -> Message:
    """After the last account row of the request `about`."""
    return (74, 1, about)
