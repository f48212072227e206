"""The liar between the exchange and whoever speaks to it: tells what the plan says, while the exchange keeps the truth.

A lie and the truth it hides are one transaction, so a killed process leaves both or neither. It offers what `Exchange`
offers; a call that nobody answers raises `Unanswered`, which each adapter translates into its own broker's silence.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from tasks.book.faults import ARRIVES_WITHIN, Call, Fault, FaultKind
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.engine.days import BEFORE_THE_OPEN
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.answers import FaultyAnswers
from tasks.brokers.simulated.faults.effects import ActiveFault
from tasks.brokers.simulated.faults.incidents import Incidents
from tasks.brokers.simulated.faults.network import FaultyNetwork, Unanswered
from tasks.brokers.simulated.faults.plan import DueFaults, FaultPlan
from tasks.brokers.simulated.faults.store import FaultStore
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.orders import BrokerOrder, Execution, OrderRequest

LOST_AFTER = (FaultKind.REPLY_LOST, FaultKind.RESET_AFTER, FaultKind.SERVER_ERROR)
T = TypeVar("T")
Answer = T | Unanswered | Refusal


class FaultyExchange:
    """An `Exchange` with a plan of faults in front of it; `inner` never lies."""

    def __init__(self, inner: Exchange, plan: FaultPlan) -> None:
        self.inner, self.plan = inner, plan
        self.account_name, self.market, self.rules = inner.account_name, inner.market, inner.rules
        self.keys_are_unique, self.arrives_within = inner.keys_are_unique, ARRIVES_WITHIN
        self._incidents = Incidents(inner)
        with inner.turn():
            self._memory = FaultStore(inner.store)
        self._line = FaultyNetwork(inner, self._memory)
        self._answers = FaultyAnswers(inner, self._memory, plan)

    # ---- the truth, for tests --------------------------------------------------------------------------------------

    def truth(self) -> ExchangeSnapshot:
        """The exchange's own book."""
        return self.inner.truth()

    def fired(self) -> dict[str, int]:
        """How often each fault of the plan has struck, over all lives of the account."""
        with self.inner.turn():
            return dict(self._memory.fired())

    # ---- the clock -------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """As told: a skew is in it."""
        return self._line.now()

    def session(self) -> date | None:
        """No fault touches it."""
        return self.inner.session()

    def begin(self, session: date) -> None:
        """As `Exchange.begin`; requests on their way arrive before another session begins."""
        with self.inner.turn():
            if self.inner.session() == session:
                answer = self._line.cut_off()
            else:
                open_at, _ = self.market.hours(session)
                self._line.let_arrive(open_at - BEFORE_THE_OPEN)
                answer = self.inner.begin(session)
        _given(answer)

    def advance(self, at: datetime) -> datetime:
        """Move until the told clock shows `at`; requests on their way arrive in between."""
        return self._line.advance(at)

    # ---- orders ----------------------------------------------------------------------------------------------------

    def connect(self) -> int:
        """No fault touches it: an older connection cannot send from here on."""
        return self.inner.connect()

    def require(self, connection: int | None) -> None:
        """Raises: TakenOver when there is a newer connection."""
        self.inner.require(connection)

    def place(self, request: OrderRequest, connection: int | None = None) -> BrokerOrder:
        """As the exchange, through the faults that are due: the order may be taken and its answer lost."""
        with self.inner.turn():
            self.inner.require(connection)
            strikes = self._heard(Call.PLACE, (request.symbol,), request.key)
            answer = self._not_reached(strikes, request.key, request) or self._placed(strikes, request)
        return _given(answer)

    def cancel(self, key: str, connection: int | None = None) -> BrokerOrder:
        """As the exchange, through the faults that are due: the order may be over and the answer lost."""
        with self.inner.turn():
            self.inner.require(connection)
            strikes = self._heard(Call.CANCEL, self._symbols_of(key), key)
            answer = self._not_reached(strikes, key, None) or self._cancelled(strikes, key)
        return _given(answer)

    def order(self, key: str) -> BrokerOrder | None:
        """None may be a lie of the fault `not_found`."""
        return self._answered(Call.ORDER, self._symbols_of(key), key, lambda strikes: self._answers.found(strikes, key))

    def working(self) -> tuple[BrokerOrder, ...]:
        """May lack an order that works, or show one that is over."""
        return self._answered(Call.WORKING, (), "", lambda _: self._answers.seem_to_work())

    def executions(self, session: date) -> tuple[Execution, ...]:
        """May lack rows, repeat them or turn their order around; the exchange's own record stays whole."""
        return self._answered(Call.EXECUTIONS, (), "", lambda strikes: self._answers.listed(strikes, session))

    # ---- the account and the market --------------------------------------------------------------------------------

    def account(self) -> AccountState:
        """May be of an earlier moment."""
        return self._answered(Call.ACCOUNT, (), "", self._answers.valued)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """As the exchange, unless the line is down."""
        return self._answered(Call.QUOTES, symbols, "", lambda _: self.inner.quotes(symbols))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """As the exchange, unless the line is down."""
        return self._unless_down(lambda: self.inner.statement(first, last))

    def bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """As the exchange, unless the line is down."""
        return self._unless_down(lambda: self.inner.bars(symbol, start, end))

    # ---- before a request is done ----------------------------------------------------------------------------------

    def _heard(self, call: Call, symbols: Sequence[str], key: str) -> DueFaults:
        """Count a call and let happen at the exchange what it sets off."""
        self._line.let_arrive(self.inner.now())
        strikes = DueFaults(self.plan, self._memory, call, symbols, key)
        strikes.all(FaultKind.BUST, do=lambda fault: self._incidents.bust(fault.hits))
        strikes.all(FaultKind.CORRECTION, do=self._correct)
        strikes.all(FaultKind.LIQUIDATION, do=lambda fault: self._incidents.liquidate(fault.hits, fault.fraction))
        strikes.all(FaultKind.HALT, do=lambda fault: self._halt(fault, symbols))
        for kind in (FaultKind.DISCONNECT, FaultKind.CLOCK_SKEW):
            strikes.all(kind, do=self._begin_spell)
        return strikes

    def _correct(self, fault: Fault) -> bool:
        return self._incidents.correct(fault.hits, fault.fraction, fault.price_bps)

    def _halt(self, fault: Fault, symbols: Sequence[str]) -> bool:
        """The fault's symbol, or the call's first, or the first one held."""
        about = [fault.symbol] if fault.symbol else [*symbols, *sorted(self.inner.account().positions)]
        return bool(about) and self._incidents.halt(about[0], fault.lasting)

    def _begin_spell(self, fault: Fault, lag: timedelta | None = None, subject: str = "") -> bool:
        now = self.inner.now()
        skew = timedelta(seconds=fault.skew_seconds)
        self._memory.add_spell(ActiveFault(fault.kind, now, now + fault.lasting, skew if lag is None else lag, subject))
        return True

    def _not_reached(self, strikes: DueFaults, key: str, request: OrderRequest | None) -> Unanswered | Refusal | None:
        """Why a request is not done now; None: it is."""
        if (down := self._line.cut_off()) is not None:
            return down
        if strikes.first(FaultKind.REFUSED_CANCEL):
            return Refusal("cancel_refused", "the broker does not cancel this order now")
        if strikes.first(FaultKind.RESET_BEFORE):
            return Unanswered(FaultKind.RESET_BEFORE)
        if (due := strikes.first(FaultKind.DELAYED)) is not None:
            self._line.delay(key, request, due.fault.lasting)
            return Unanswered(FaultKind.DELAYED)
        return None

    # ---- what is done, and what is told of it ----------------------------------------------------------------------

    def _placed(self, strikes: DueFaults, request: OrderRequest) -> Answer[BrokerOrder]:
        try:
            order = self.inner.place(request)
        except Refusal as no:
            return no
        kept = self.inner.store.order_numbered(order.broker_order_id)
        assert kept is not None  # it was just placed
        strikes.all(FaultKind.AUCTION_EXPIRES, do=lambda _: self._incidents.pass_by(kept.request.key))
        for kind in (FaultKind.PARTIAL_THEN_SILENCE, FaultKind.LATE_EXECUTIONS):
            strikes.all(kind, do=lambda fault: self._begin_spell(fault, fault.lasting, order.broker_order_id))
        return self._lost(strikes) or self._answers.as_seen(order)

    def _cancelled(self, strikes: DueFaults, key: str) -> Answer[BrokerOrder]:
        found = self.inner.order(key)
        if found is not None:
            strikes.first(FaultKind.FILL_AFTER_CANCEL, do=lambda fault: self._fill_quietly(fault, found))
        try:
            order = self.inner.cancel(key) if found is None else self._cancel_this(found)
        except Refusal as no:
            return no
        return self._lost(strikes) or self._answers.as_seen(order)

    def _cancel_this(self, found: BrokerOrder) -> BrokerOrder:
        """The order that was meant, even if a quiet fill has ended it and another one has the same key."""
        kept = self.inner.store.order_numbered(found.broker_order_id)
        assert kept is not None  # it was found
        return self.inner.order_of(kept) if kept.remaining == 0 else self.inner.cancel(found.key)

    def _fill_quietly(self, fault: Fault, order: BrokerOrder) -> bool:
        row = self._incidents.fill_quietly(order.broker_order_id, fault.fraction)
        return row is not None and self._begin_spell(fault, fault.lasting, row.execution_id)

    def _lost(self, strikes: DueFaults) -> Unanswered | None:
        due = strikes.first(*LOST_AFTER)
        return None if due is None else Unanswered(due.fault.kind)

    # ---- behind the counter ----------------------------------------------------------------------------------------

    def _answered(self, call: Call, symbols: Sequence[str], key: str, told: Callable[[DueFaults], T]) -> T:
        with self.inner.turn():
            strikes = self._heard(call, symbols, key)
            silence = self._line.cut_off()
            if silence is None and strikes.first(FaultKind.NO_ANSWER):
                silence = Unanswered(FaultKind.NO_ANSWER)
            answer = told(strikes) if silence is None else silence
        return _given(answer)

    def _unless_down(self, told: Callable[[], T]) -> T:
        with self.inner.turn():
            answer = self._line.cut_off() or told()
        return _given(answer)

    def _symbols_of(self, key: str) -> tuple[str, ...]:
        found = self.inner.order(key)
        return () if found is None else (found.symbol,)


def _given(answer: T | Unanswered | Refusal) -> T:
    if isinstance(answer, Unanswered | Refusal):
        raise answer
    return answer
