"""The one door to a broker: what every adapter offers, and nothing a particular broker adds."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderRequest


class Broker(Protocol):
    """Every method either returns a complete answer or raises a `BrokerError`; none ever retries a send by itself."""

    @property
    def name(self) -> str:
        """As the book file names it; fills are on record under this name, so it never changes."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """Fixed for as long as the broker is open: the planner believes it."""
        ...

    def connect(self) -> None:
        """Become the connection that sends; done once, by whoever holds the book's lease, before any write.

        Where a broker knows connections instead of keys, an older one cannot send any more from here on. A write never
        connects by itself: a process that wakes up late must not take the account over.
        """
        ...

    def close(self) -> None:
        """Give back what `connect` took: sockets, threads, a client id; orders stay. May be called twice."""
        ...

    def open_session(self, session: date) -> None:
        """Be ready for a session, before or during it; the simulated broker moves its clock to before the open.

        Raises: ConfigError when the session cannot be traded any more.
        """
        ...

    def now(self) -> datetime:
        """The broker's clock, UTC."""
        ...

    def wait_until(self, at: datetime) -> datetime:
        """Return when the broker's clock has reached `at` (never moves it back) and say what it shows."""
        ...

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        """Open and close of a session, UTC, half days included. Raises ConfigError when it is not a session."""
        ...

    def account_state(self) -> AccountState:
        """Complete, or it raises: what is missing from an answer must not read as nothing held."""
        ...

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """Send one child order, once.

        A key the broker has already seen returns that order unchanged: a duplicate is never created.
        Raises: OrderRefusedError with the broker's reason; OrderUnknownError when the reply was lost.
        """
        ...

    def cancel(self, key: str) -> BrokerOrder:
        """Ask to cancel; the answer says what the order became, which may be `filled`.

        Raises: OrderRefusedError when the broker says no, which tells nothing about the order: look it up;
        OrderUnknownError when the reply was lost.
        """
        ...

    def find_order(self, key: str) -> BrokerOrder | None:
        """Look an order up by our key, open or over; None says that a complete answer does not have it.

        None is proof only after `Capabilities.absence_proves_after`: the order may still be on its way.
        Raises: BrokerError when the answer is not complete.
        """
        ...

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        """Of the whole account, other people's too, whose key may be empty; complete, or it raises."""
        ...

    def executions(self, session: date) -> tuple[Execution, ...]:
        """All executions of the account in a session, oldest first."""
        ...

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Splits, dividends, fees and money moved that are dated on days in [first, last], oldest first.

        A line may come days after its date, and keeps its id for ever.
        """
        ...

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """By symbol, USD per share; a symbol without a quote is absent."""
        ...

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Minute bars (and auction prints) of the market in [start, end), none later than the clock."""
        ...
