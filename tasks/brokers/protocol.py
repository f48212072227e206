"""The one door to a broker: what every adapter offers, and nothing a particular broker adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from tasks.terms import AccountState, BrokerOrder, Execution, MarketBar, OrderRequest, OrderType, Quote, TimeInForce


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this broker, in this environment, really takes."""

    order_types: frozenset[OrderType]
    times_in_force: frozenset[TimeInForce]
    share_step: Decimal
    """Smallest tradable quantity: 1 for whole shares, 0.000000001 for Alpaca's fractions."""
    price_step: Decimal
    clock_jumps: bool
    """True when `wait_until` moves a simulated clock instead of sleeping."""
    market_data_note: str
    """One sentence for the report: replayed from what, or modelled how."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What moved an account's shares or cash without a trade."""

    line_id: str
    at: datetime
    kind: str
    """`split` or `dividend`."""
    symbol: str
    shares: Decimal
    """Signed change of the position: the new shares of a split."""
    amount_usd: Decimal
    """Signed change of cash: the dividend, or cash in lieu of a fraction."""
    words: str


class Broker(Protocol):
    """Every method either returns a complete answer or raises a `BrokerError`; none ever retries a send by itself."""

    name: str
    capabilities: Capabilities

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

    def account_state(self) -> AccountState: ...

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """Send one child order, once.

        A key the broker has already seen returns that order unchanged: a duplicate is never created.
        Raises: OrderRefusedError with the broker's reason; OrderUnknownError when the reply was lost.
        """
        ...

    def cancel(self, key: str) -> BrokerOrder:
        """Ask to cancel; the answer says what the order became, which may be `filled`."""
        ...

    def find_order(self, key: str) -> BrokerOrder | None:
        """Look an order up by our key; None is proof that the broker has never accepted it."""
        ...

    def open_orders(self) -> tuple[BrokerOrder, ...]: ...

    def executions(self, session: date) -> tuple[Execution, ...]:
        """All executions of the account in a session, oldest first."""
        ...

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Splits and dividends booked on days in [first, last], oldest first."""
        ...

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]: ...

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Minute bars (and auction prints) of the market in [start, end), none later than the clock."""
        ...
