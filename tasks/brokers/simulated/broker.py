"""The simulated broker: the exchange behind the one door every broker has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from tasks.brokers.protocol import Capabilities, StatementLine
from tasks.brokers.simulated.admission import Refusal
from tasks.brokers.simulated.exchange import Exchange
from tasks.errors import OrderRefusedError
from tasks.terms import (
    AccountState,
    BrokerOrder,
    Execution,
    MarketBar,
    OrderRequest,
    OrderType,
    Quote,
    TimeInForce,
)


class SimulatedBroker:
    """Implements `Broker`."""

    name = "simulated"

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.capabilities = Capabilities(
            order_types=frozenset(OrderType),
            times_in_force=frozenset(TimeInForce),
            share_step=exchange.rules.share_step,
            price_step=Decimal("0.01"),
            clock_jumps=True,
            market_data_note=f"Simulated exchange over {exchange.market.source_name}: real bars replayed where the "
            "source has them, otherwise modelled from its daily bars.",
        )

    def open_session(self, session: date) -> None:
        """Move the clock to half an hour before the open, with corporate actions applied; nothing when already inside.

        Raises: ConfigError when the date is no session or the clock has passed it.
        """
        self.exchange.begin(session)

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """By ex-date, on which this broker books and pays; those of sessions nobody opened are in it too."""
        return self.exchange.statement(first, last)

    def now(self) -> datetime:
        return self.exchange.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.exchange.advance(at)

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        return self.exchange.market.hours(session)

    def account_state(self) -> AccountState:
        return self.exchange.account()

    def submit(self, request: OrderRequest) -> BrokerOrder:
        try:
            return self.exchange.place(request)
        except Refusal as refusal:
            raise OrderRefusedError(f"{request.key}: {refusal}") from refusal

    def cancel(self, key: str) -> BrokerOrder:
        try:
            return self.exchange.cancel(key)
        except Refusal as refusal:
            raise OrderRefusedError(f"{key}: {refusal}") from refusal

    def find_order(self, key: str) -> BrokerOrder | None:
        return self.exchange.order(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        return self.exchange.working()

    def executions(self, session: date) -> tuple[Execution, ...]:
        return self.exchange.executions(session)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        quotes = self.exchange.quotes(symbols)
        self._tell_where_prices_come_from()
        return quotes

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        return self.exchange.bars(symbol, start, end)

    def _tell_where_prices_come_from(self) -> None:
        session = self.exchange.session()
        notes = () if session is None else self.exchange.market.notes(session)
        kinds = "; ".join(f"{notes.count(note)} symbols {note}" for note in sorted(set(notes)))
        if kinds:
            note = f"Simulated exchange over {self.exchange.market.source_name}, {session}: {kinds}."
            self.capabilities = replace(self.capabilities, market_data_note=note)
