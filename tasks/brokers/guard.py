"""The guard in front of a broker: writes need permission each time and are made once, reads are asked with patience."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar

from tasks.brokers.remarks import Remark, remarks_of
from tasks.errors import BrokerError, HaltedError
from tasks.model.account import AccountState, HaltState
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderRequest
from tasks.ports.broker import Broker
from tasks.retry import PATIENCE, pause_at, with_retries

ZERO = Decimal(0)
Answer = TypeVar("Answer")


class SendPermission(Protocol):
    """Who may write, and what; asked before every write."""

    def require_lease(self) -> None:
        """Raises: LeaseLostError when a newer process works the book."""
        ...

    def halt_state(self) -> HaltState:
        """What may be sent now. Raises: LeaseLostError, as above: lease and halt are one look."""
        ...


@dataclass(frozen=True)
class GuardedBroker:
    """Implements `Broker`: passes everything on; lease and halt state are read right before every write."""

    inner: Broker
    permission: SendPermission
    patience: tuple[timedelta, ...] = PATIENCE
    sleep: Callable[[float], None] = time.sleep
    """For a broker that does not even tell the time; seconds."""
    researches: bool = False
    """The session is in mode `research`: whoever asks, no order goes out."""

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    def remarks(self) -> tuple[Remark, ...]:
        return remarks_of(self.inner)

    # ---- writes ----------------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """Raises: LeaseLostError or HaltedError before the broker has heard anything; and what the broker raises."""
        self._must_be_allowed(request)
        return self.inner.submit(request)

    def cancel(self, key: str) -> BrokerOrder:
        """Allowed in every halt state: it can only make the exposure smaller than was asked for."""
        self.permission.require_lease()
        return self.inner.cancel(key)

    def _must_be_allowed(self, request: OrderRequest) -> None:
        if self.researches:
            raise HaltedError(
                f"the session is in mode research, which sends nothing: {request.side} {request.shares} "
                f"{request.symbol} was not sent. Run the session with --mode manual, semi_auto or full_auto to trade"
            )
        state = self.permission.halt_state()
        if state is HaltState.NORMAL:
            return
        if state is HaltState.REDUCING and self._surely_reduces(request):
            return
        raise HaltedError(
            f"the book is {state}: {request.side} {request.shares} {request.symbol} was not sent. "
            'Find out why (`steelyard halts`), then: steelyard resume BOOK --who "your name" --because "..."'
        )

    def _surely_reduces(self, request: OrderRequest) -> bool:
        """Asked once and without patience: an order that waits here would go out after its time."""
        try:
            return self._reduces(request)
        except BrokerError:
            return False

    def _reduces(self, request: OrderRequest) -> bool:
        """Whether the order brings the position nearer to zero without crossing it, whatever of the open orders fills.

        Orders of the same side count in full, exits that wait too; those of the other side not at all.
        """
        held = self.inner.account_state().positions.get(request.symbol, ZERO)
        others = [o for o in self.inner.open_orders() if o.symbol == request.symbol and o.key != request.key]
        coming = sum((o.shares - o.filled_shares for o in others if o.side is request.side), ZERO)
        return held * request.side.sign < 0 and request.shares + coming <= abs(held)

    # ---- reads -----------------------------------------------------------------------------------------------------

    def connect(self) -> None:
        """Raises: LeaseLostError when a newer process works the book already, before each attempt."""

        def connected() -> None:
            self.permission.require_lease()
            self.inner.connect()

        self._read(connected)

    def close(self) -> None:
        self.inner.close()

    def open_session(self, session: date) -> None:
        self._read(lambda: self.inner.open_session(session))

    def now(self) -> datetime:
        return self._read(self.inner.now)

    def wait_until(self, at: datetime) -> datetime:
        return self._read(lambda: self.inner.wait_until(at))

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        return self._read(lambda: self.inner.session_hours(session))

    def account_state(self) -> AccountState:
        return self._read(self.inner.account_state)

    def find_order(self, key: str) -> BrokerOrder | None:
        return self._read(lambda: self.inner.find_order(key))

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        return self._read(self.inner.open_orders)

    def executions(self, session: date) -> tuple[Execution, ...]:
        return self._read(lambda: self.inner.executions(session))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        return self._read(lambda: self.inner.statement(first, last))

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return self._read(lambda: self.inner.quotes(symbols))

    def quotes_now(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """Asked once and without patience: for a record that nothing waits for. Raises: BrokerError."""
        return self.inner.quotes(symbols)

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        return self._read(lambda: self.inner.market_bars(symbol, start, end))

    def _read(self, question: Callable[[], Answer]) -> Answer:
        """A read may be repeated as often as one likes; between the attempts the broker's own clock goes on."""
        return with_retries(question, self.patience, pause_at(self.inner, self.sleep))
