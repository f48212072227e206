"""The simulated broker: the exchange behind the one door every broker has."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from tasks.brokers.simulated.engine.accept import TAKES, Refusal
from tasks.brokers.simulated.exchange import Exchange, TakenOver
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.errors import BrokerError, OrderRefusedError, OrderUnknownError
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import BrokerOrder, Execution, NativeAlgorithm, OrderClass, OrderRequest


class SimulatedBroker:
    """Implements `Broker`."""

    name = "simulated"

    def __init__(self, exchange: Exchange | FaultyExchange) -> None:
        self.exchange = exchange
        self._connection: int | None = None
        self.capabilities = Capabilities(
            environment="simulated",
            takes=TAKES,
            fractions=TAKES if exchange.rules.share_step < 1 else frozenset(),
            share_step=exchange.rules.share_step,
            price_step=Decimal("0.01"),
            clock_jumps=True,
            market_data_note=f"Simulated exchange over {exchange.market.source_name}: real bars replayed where the "
            "source has them, otherwise modelled from its daily bars.",
            classes=frozenset(OrderClass),
            native=frozenset(NativeAlgorithm),
            keys_are_unique=exchange.keys_are_unique,
            absence_proves_after=exchange.arrives_within,
        )

    def truth(self) -> ExchangeSnapshot:
        """The exchange's own book, whatever it tells: what tests measure answers against."""
        return self.exchange.truth()

    def connect(self) -> None:
        """Where keys are not unique this object becomes the one connection that sends."""
        if not self.exchange.keys_are_unique:
            self._connection = self.exchange.connect()

    def close(self) -> None:
        """Nothing is held open between questions."""

    def open_session(self, session: date) -> None:
        """Move the clock to half an hour before the open, with corporate actions applied; nothing when already inside.

        Raises: ConfigError when the date is no session or the clock has passed it; BrokerError when not answered, or
        when a newer connection has taken over.
        """
        with _read("the session"):
            self.exchange.require(self._connection)
            self.exchange.begin(session)

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """By ex-date, on which this broker books and pays; those of sessions nobody opened are in it too."""
        with _read("the statement"):
            return self.exchange.statement(first, last)

    def now(self) -> datetime:
        return self.exchange.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.exchange.advance(at)

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        return self.exchange.market.hours(session)

    def account_state(self) -> AccountState:
        with _read("the account"):
            return self.exchange.account()

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """As `Broker.submit`; what the table does not have is refused before the exchange hears of it."""
        if reason := refusal_reason(request, self.capabilities):
            raise OrderRefusedError(f"{request.key}: {reason}")
        with _write(request.key):
            return self.exchange.place(request, self._connected())

    def cancel(self, key: str) -> BrokerOrder:
        with _write(key):
            return self.exchange.cancel(key, self._connected())

    def find_order(self, key: str) -> BrokerOrder | None:
        with _read(f"order {key}"):
            return self.exchange.order(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        with _read("the open orders"):
            return self.exchange.working()

    def executions(self, session: date) -> tuple[Execution, ...]:
        with _read("the executions"):
            return self.exchange.executions(session)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        with _read("the quotes"):
            quotes = self.exchange.quotes(symbols)
        self._note_price_source()
        return quotes

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        with _read("the market's bars"):
            return self.exchange.bars(symbol, start, end)

    def _connected(self) -> int | None:
        """This object's connection; None where keys are unique, and anybody may send."""
        if self._connection is None and not self.exchange.keys_are_unique:
            raise BrokerError("not connected: nothing was sent; connect before the first order")
        return self._connection

    def _note_price_source(self) -> None:
        session = self.exchange.session()
        notes = () if session is None else self.exchange.market.notes(session)
        kinds = "; ".join(f"{notes.count(note)} symbols {note}" for note in sorted(set(notes)))
        if kinds:
            note = f"Simulated exchange over {self.exchange.market.source_name}, {session}: {kinds}."
            self.capabilities = replace(self.capabilities, market_data_note=note)


@contextmanager
def _write(key: str) -> Generator[None]:
    """The exchange's answers to a request, in the broker's errors."""
    try:
        yield
    except Refusal as refusal:
        raise OrderRefusedError(f"{key}: {refusal}") from refusal
    except Unanswered as silence:
        raise OrderUnknownError(f"{key}: {silence}; look the order up before anything else is sent for it") from silence
    except TakenOver as taken:
        raise _taken_over(taken) from taken


@contextmanager
def _read(what: str) -> Generator[None]:
    try:
        yield
    except Unanswered as silence:
        raise BrokerError(f"{what}: {silence}; ask again") from silence
    except TakenOver as taken:
        raise _taken_over(taken) from taken


def _taken_over(taken: TakenOver) -> BrokerError:
    return BrokerError(f"connection taken over: {taken}; nothing was sent. Leave the account to the newer process")
