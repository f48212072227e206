"""The Alpaca broker: the one door, over Alpaca's own client library."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tasks.brokers.alpaca import pages, parse_market
from tasks.brokers.alpaca.activities import Records, not_ours
from tasks.brokers.alpaca.build_order import ALGORITHMS, FRACTIONS, LONGEST_KEY, PENNY, SHARE_STEP, TAKES
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.clock import Clock
from tasks.brokers.alpaca.errors import Silence, asking
from tasks.brokers.alpaca.orders import Orders
from tasks.brokers.alpaca.parse_orders import mapping, moment, number, rows
from tasks.brokers.alpaca.positions import Held
from tasks.brokers.alpaca.trade_updates import Hints
from tasks.brokers.remarks import Remark
from tasks.errors import ConfigError
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderClass, OrderRequest
from tasks.retry import LISTS_AGREE

BEFORE_THE_OPEN = timedelta(minutes=30)
QUIET_TIME = timedelta(seconds=60)
"""A young order may be missing from the index of client order ids."""
SYMBOLS_A_REQUEST = 100
CLOSING_PRINTS = timedelta(minutes=10)
"""How long after the close its prints may come."""


def broker_time(wire: Wire) -> datetime:
    """Alpaca's clock. Raises: BrokerError."""
    with asking("the clock"):
        return moment(mapping(wire.get("/clock"), "the clock"), "timestamp")


@dataclass
class AlpacaBroker:
    """Implements `Broker`; `account` is the book's name of the account that the key belongs to."""

    wire: Wire
    clock: Clock
    account: str
    feed: str = ""
    """Of market data: `sip`, `iex`, ...; empty leaves it to the subscription."""
    hints: Hints | None = None
    """A stream that says when to look; it begins with `connect` and ends with `close`."""
    live: bool = False
    """Whether the hosts are those of real money."""
    advanced: bool = False
    """Whether the account may use Alpaca's own algorithms."""
    name: str = field(default="alpaca", init=False)
    capabilities: Capabilities = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(
            environment="live" if self.live else "paper",
            takes=TAKES,
            fractions=FRACTIONS,
            classes=frozenset(OrderClass),
            native=frozenset(ALGORITHMS) if self.advanced else frozenset(),
            longest_key=LONGEST_KEY,
            share_step=SHARE_STEP,
            price_step=PENNY,
            clock_jumps=self.clock.jumps,
            market_data_note=f"Alpaca's market data, feed {self.feed or 'of the subscription'}, unadjusted.",
            keys_are_unique=True,
            absence_proves_after=QUIET_TIME,
        )
        self._orders = Orders(self.wire, self.account, self.capabilities, self._until_news)
        self._records = Records(self.wire, self._orders.names, self.account)
        self._hours: dict[date, tuple[datetime, datetime]] = {}

    # ---- the connection and the clock ------------------------------------------------------------------------------

    def connect(self) -> None:
        """Prove key and host, and begin to listen for hints.

        There is no connection to take: keys are unique, and anybody with the key may send.
        """
        broker_time(self.wire)
        if self.hints is not None:
            self.hints.start()

    def close(self) -> None:
        """End the stream of hints and the connections; a later question opens them again."""
        if self.hints is not None:
            self.hints.stop()
        self.wire.close()

    def open_session(self, session: date) -> None:
        """Wait for half an hour before the open; nothing to do during the session."""
        open_at, close_at = self.session_hours(session)
        if self.now() >= close_at:
            raise ConfigError(
                f"session {session}: it closed at {close_at:%Y-%m-%d %H:%M} UTC and cannot be traded any more; "
                "choose a later session"
            )
        self.wait_until(open_at - BEFORE_THE_OPEN)

    def now(self) -> datetime:
        return self.clock.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.clock.wait_until(at)

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        if session not in self._hours:
            day = session.isoformat()
            with asking("the calendar"):
                hours = parse_market.hours_of(self.wire.get("/calendar", {"start": day, "end": day}), session)
            if hours is None:
                raise ConfigError(f"{session} is not a session of the exchange; choose a trading day")
            self._hours[session] = hours
        return self._hours[session]

    # ---- orders ----------------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> BrokerOrder:
        if self.hints is not None:
            self.hints.expect()
        return self._orders.submit(request)

    def cancel(self, key: str) -> BrokerOrder:
        return self._orders.cancel(key)

    def find_order(self, key: str) -> BrokerOrder | None:
        return self._orders.find(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        return self._orders.working()

    # ---- the account -----------------------------------------------------------------------------------------------

    def account_state(self) -> AccountState:
        """Cash between two equal lists of positions: a fill in between, or a list cut short once, is noticed."""
        with asking("the account"):
            before = Held.of(rows(self.wire.get("/positions"), "the positions"))
            for _ in range(LISTS_AGREE.most):
                cash = number(mapping(self.wire.get("/account"), "the account"), "cash")
                after = Held.of(rows(self.wire.get("/positions"), "the positions"))
                if before.quantities == after.quantities:
                    return AccountState(self.account, self.now(), cash, after.shares, outside=after.outside)
                before = after
            raise Silence("positions that differ each time they are told")

    def executions(self, session: date) -> tuple[Execution, ...]:
        with asking("the executions"):
            return self._records.executions(session, self.now())

    def remarks(self) -> tuple[Remark, ...]:
        """As `Remarks`: of the executions and open orders that were asked for last."""
        return (*self._records.remarks(), *not_ours("open orders", self._orders.outside))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        with asking("the statement"):
            return self._records.statement(first, last)

    # ---- the market ------------------------------------------------------------------------------------------------

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        found: dict[str, Quote] = {}
        with asking("the quotes"):
            for first in range(0, len(symbols), SYMBOLS_A_REQUEST):
                some = symbols[first : first + SYMBOLS_A_REQUEST]
                answer = self.wire.get_market("/stocks/snapshots", self._of(",".join(some)))
                found |= parse_market.quotes_of(answer, parse_market.quote_source(self.feed))
        return found

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Raw prices, auctions apart from the minutes they are counted in."""
        now = self.now()
        found: list[MarketBar] = []
        day, last = (
            start.astimezone(parse_market.NEW_YORK).date(),
            min(end, now).astimezone(parse_market.NEW_YORK).date(),
        )
        while day <= last:
            found += parse_market.chosen(self._bars_of(symbol, day, start, end), start, end, now)
            day += timedelta(days=1)
        return tuple(found)

    def _bars_of(self, symbol: str, day: date, start: datetime, end: datetime) -> list[MarketBar]:
        """Of one day, as far as the window needs them; none where the day is no session."""
        try:
            hours = self.session_hours(day)
        except ConfigError:
            return []
        first, last = max(start, hours[0]), min(end, hours[1])
        if first > last:
            return []
        with asking(f"the bars of {symbol}"):
            window = {"start": _stamp(first), "end": _stamp(last)}
            params = {"timeframe": "1Min", "adjustment": "raw", "sort": "asc", **window, **self._feed()}
            listed = pages.market_rows(self.wire, "/stocks/bars", "bars", symbol, params)
            minutes = parse_market.minutes_of(listed, symbol)
            return parse_market.without_auctions(minutes, self._prints(symbol, hours, start, end), hours)

    def _prints(self, symbol: str, hours: tuple[datetime, datetime], start: datetime, end: datetime) -> list[MarketBar]:
        """Asked for only where the window touches an auction."""
        if start > hours[0] and end < hours[1]:
            return []
        params = {"start": _stamp(hours[0]), "end": _stamp(hours[1] + CLOSING_PRINTS), **self._feed()}
        listed = pages.market_rows(self.wire, "/stocks/auctions", "auctions", symbol, params)
        return parse_market.auctions_of(listed, symbol, hours)

    def _until_news(self, seconds: float) -> bool:
        """Real time, between two looks at the same order."""
        if self.hints is not None:
            return self.hints.pause(seconds)
        time.sleep(seconds)
        return False

    def _of(self, symbols: str) -> dict[str, str]:
        return {"symbols": symbols, **self._feed()}

    def _feed(self) -> dict[str, str]:
        return {"feed": self.feed} if self.feed else {}


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
