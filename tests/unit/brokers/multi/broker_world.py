"""A broker of paper behind several brokers: every answer is set by the test, and it can fall silent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tasks.book.broker import RouteSettings
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderRequest, OrderState, OutsideHolding, Side
from tests.unit.brokers.multi.splitting_world import NOON, order, table

D = Decimal
SESSION = date(2022, 11, 22)
CASH = D(1000)


@dataclass
class Paper:
    """Implements `Broker`; the account is empty unless a test fills it."""

    account: str
    name: str = "paper"
    silent: bool = False
    clock: datetime = NOON
    cash: Decimal = CASH
    positions: dict[str, Decimal] = field(default_factory=dict)
    outside: tuple[OutsideHolding, ...] = ()
    orders: dict[str, BrokerOrder] = field(default_factory=dict)
    fills: list[Execution] = field(default_factory=list)
    lines: list[StatementLine] = field(default_factory=list)
    prices: dict[str, Decimal] = field(default_factory=lambda: {"AAA": D(100), "BBB": D(100)})
    accounts: list[str] = field(default_factory=list)
    """The account of every order that came in."""
    asked: int = 0
    is_connected: bool = False
    capabilities: Capabilities = field(default_factory=table)

    def _answers(self) -> None:
        self.asked += 1
        if self.silent:
            raise BrokerError("not connected")

    def connect(self) -> None:
        self._answers()
        self.is_connected = True

    def close(self) -> None:
        self.is_connected = False

    def open_session(self, session: date) -> None:
        del session
        self._answers()

    def now(self) -> datetime:
        return self.clock

    def wait_until(self, at: datetime) -> datetime:
        self.clock = max(self.clock, at)
        return self.clock

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        del session
        self._answers()
        return NOON, NOON + timedelta(hours=1)

    def account_state(self) -> AccountState:
        self._answers()
        return AccountState(self.account, self.clock, self.cash, dict(self.positions), outside=self.outside)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        self._answers()
        self.accounts.append(request.account)
        number = f"n{len(self.orders) + 1}"
        accepted = OrderState.ACCEPTED
        told = BrokerOrder(request.key, number, request.symbol, request.side, request.shares, D(0), accepted)
        return self.orders.setdefault(request.key, told)

    def cancel(self, key: str) -> BrokerOrder:
        self._answers()
        self.orders[key] = replace(self.orders[key], state=OrderState.CANCELLED)
        return self.orders[key]

    def find_order(self, key: str) -> BrokerOrder | None:
        self._answers()
        return self.orders.get(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        self._answers()
        return tuple(known for known in self.orders.values() if known.state is OrderState.ACCEPTED)

    def executions(self, session: date) -> tuple[Execution, ...]:
        del session
        self._answers()
        return tuple(self.fills)

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        del first, last
        self._answers()
        return tuple(self.lines)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        self._answers()
        known = {symbol: self.prices[symbol] for symbol in symbols if symbol in self.prices}
        return {symbol: Quote(symbol, self.clock, price, price, price) for symbol, price in known.items()}

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        self._answers()
        price = self.prices[symbol]
        return (MarketBar(symbol, start, end, price, price, price, price, 1, price),)

    def fill(self, number: str, key: str, shares: int, minute: int = 0, supersedes: str = "") -> None:
        at = NOON + timedelta(minutes=minute)
        self.fills.append(
            Execution(number, key, "AAA", Side.BUY, D(shares), D(100), D(0), at, self.account, "", supersedes)
        )


@dataclass
class Two:
    """Two brokers of paper, and the whole over them; the book's account is `book`."""

    a: Paper = field(default_factory=lambda: Paper("acct-a"))
    b: Paper = field(default_factory=lambda: Paper("acct-b"))
    routes: Sequence[RouteSettings] = ()

    def open(self) -> SeveralBrokers:
        """Another life: it remembers nothing."""
        parts = [Member("a", "paper", "acct-a", self.a), Member("b", "paper", "acct-b", self.b)]
        return SeveralBrokers("book", parts, self.routes)


def buy(key: str, shares: int = 10, symbol: str = "AAA", account: str = "book") -> OrderRequest:
    return order(Side.BUY, shares, symbol, key=key, account=account)
