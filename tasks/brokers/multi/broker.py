"""Several brokers as one: questions go to all of them, an order to the one that its key names."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

from tasks.book.broker import RouteSettings
from tasks.brokers.multi.capabilities import summed, together
from tasks.brokers.multi.member import Answer, Member, Patience, own_execution, own_line, own_order
from tasks.brokers.remarks import Remark, remarks_of
from tasks.errors import BrokerError, OrderRefusedError
from tasks.model.account import AccountState
from tasks.model.broker_tags import tag_of
from tasks.model.capabilities import Capabilities, StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.order_states import OVER
from tasks.model.orders import BrokerOrder, Execution, OrderRequest
from tasks.ports.broker import Broker
from tasks.retry import PATIENCE, pause_at, with_retries

T = TypeVar("T")


class SeveralBrokers:
    """Implements `Broker` over its parts; it has its own patience, part by part, so a guard before it needs none.

    A part that stops answering is silent: its last complete answers stand in, and `account_state` names it. Where no
    part answers there is no answer.
    """

    name = "several"

    def __init__(
        self,
        account: str,
        parts: Sequence[Member],
        routes: Sequence[RouteSettings] = (),
        patience: tuple[timedelta, ...] = Patience().with_all,
        at_the_start: tuple[timedelta, ...] = PATIENCE,
    ) -> None:
        """`account` is the book's; the first part is the preferred one. Raises: ConfigError for mixed clocks."""
        self.account, self.routes, self.patience, self.at_the_start = account, tuple(routes), patience, at_the_start
        self.parts = {part.tag: part for part in parts}
        self.sent: dict[str, OrderRequest] = {}
        """Orders of this process that may still take cash or shares, by key."""
        self._jumps = self.capabilities.clock_jumps

    @property
    def capabilities(self) -> Capabilities:
        """What all of them can do; see `together`."""
        return together({tag: part.broker.capabilities for tag, part in self.parts.items()}, self.routes)

    def remarks(self) -> tuple[Remark, ...]:
        told = [(part.label, remark) for part in self.parts.values() for remark in remarks_of(part.broker)]
        return tuple(replace(remark, words=f"{label}: {remark.words}") for label, remark in told)

    # ---- connections and clocks ------------------------------------------------------------------------------------

    def connect(self) -> None:
        """All of them, or none, with patience. Raises: BrokerError that names the one that cannot be connected."""
        for part in self.parts.values():
            try:
                with_retries(part.broker.connect, self.at_the_start, pause_at(part.broker))
            except BrokerError as error:
                self.close()
                raise type(error)(
                    f"{part.label} cannot be connected: {error}. Look at the connection, then run the session again"
                ) from error
        self._on_one_clock()

    def close(self) -> None:
        """Closes each; orders stay."""
        for part in self.parts.values():
            part.broker.close()

    def open_session(self, session: date) -> None:
        """All of them, on one clock, with patience.

        Raises: ConfigError; BrokerError that names the one that does not answer.
        """
        for part in self.parts.values():
            try:
                opening = partial(part.broker.open_session, session)
                with_retries(opening, self.at_the_start, pause_at(part.broker))
            except BrokerError as error:
                raise BrokerError(f"{part.label} does not open session {session}: {error}") from error
        self._on_one_clock()

    def now(self) -> datetime:
        """The preferred broker's clock; the others go with it."""
        return self._preferred(lambda broker: broker.now())

    def wait_until(self, at: datetime) -> datetime:
        """All clocks together; the real ones have only one time, so the first to reach it has waited for all."""
        for part in self.parts.values():
            part.broker.wait_until(at)
        return self.now()

    def session_hours(self, session: date) -> tuple[datetime, datetime]:
        """By the first that answers, in the order of the book."""
        return self._patiently(lambda broker: broker.session_hours(session))

    def _on_one_clock(self) -> None:
        """Clocks that jump are moved to the one that is ahead: a life may have died while it moved them."""
        if self._jumps:
            self.wait_until(max(part.broker.now() for part in self.parts.values()))

    # ---- orders ----------------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> BrokerOrder:
        """To the broker that the key names, once; raises as that broker does."""
        part = self._part_of(request.key)
        if part is None:
            raise OrderRefusedError(f"{self._no_tag(request.key)}; nothing was sent")
        if request.account != self.account:
            raise OrderRefusedError(
                f"{request.key}: for account {request.account!r}, this is {self.account!r}; nothing was sent"
            )
        self.sent[request.key] = request
        try:
            order = part.broker.submit(replace(request, account=part.account))
        except OrderRefusedError:
            del self.sent[request.key]
            raise
        return self._heard(part, order)

    def cancel(self, key: str) -> BrokerOrder:
        """At the broker that the key's tag names. Raises: OrderRefusedError for a key without a known tag; nothing was
        sent.
        """
        part = self._part_of(key)
        if part is None:
            raise OrderRefusedError(f"{self._no_tag(key)}; nothing was sent")
        return self._heard(part, part.broker.cancel(key))

    def find_order(self, key: str) -> BrokerOrder | None:
        """The order as its broker has it, or had it when it answered last.

        None is always an answer of now, and none is given while an old answer stands in for another question to that
        broker. Raises: BrokerError then, for a key without a tag, and while a broker that never told of it is silent.
        """
        part = self._part_of(key)
        if part is None:
            raise BrokerError(f"{self._no_tag(key)}: no broker can be asked about it")
        told = part.read(("order", key), lambda broker: broker.find_order(key), self._pause)
        if told.answer is None and part.stood_in:
            raise BrokerError(f"{part.label}: answers do not come one and all; {key} may be there all the same")
        return None if told.answer is None else self._heard(part, told.answer, is_fresh=told.is_fresh)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        """Of all of them, keys with their broker's tag; of a silent one what it said last."""
        told = self._all("open orders", lambda broker: broker.open_orders())
        return tuple(own_order(part.tag, order) for part, orders in told for order in orders.answer)

    def working_at(self, tag: str) -> tuple[BrokerOrder, ...] | None:
        """Open orders at one of the brokers; None when it does not answer now."""
        part = self.parts[tag]
        try:
            told = part.read("open orders", lambda broker: broker.open_orders(), self._pause)
        except BrokerError:
            return None
        return tuple(own_order(tag, order) for order in told.answer) if told.is_fresh else None

    def executions(self, session: date) -> tuple[Execution, ...]:
        """Of all of them by time, ids with their broker's tag; of a silent one what it said last."""
        told = self._all(("executions", session), lambda broker: broker.executions(session))
        rows = (own_execution(part.tag, self.account, row) for part, rows in told for row in rows.answer)
        return tuple(sorted(rows, key=lambda row: row.at))

    # ---- the account and the market --------------------------------------------------------------------------------

    def account_state(self) -> AccountState:
        """The sums. `silent` names whoever does not answer, or did not answer something since this was last asked."""
        told = self._all("account", lambda broker: broker.account_state())
        silent = {part.tag for part, state in told if part.stood_in or not state.is_fresh}
        for part in self.parts.values():
            part.stood_in = False
        return summed(self.account, {part.tag: state.answer for part, state in told}, silent)

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Of all of them by time, ids with their broker's tag; of a silent one what it said last."""
        told = self._all(("statement", first, last), lambda broker: broker.statement(first, last))
        lines = (own_line(part.tag, line) for part, lines in told for line in lines.answer)
        return tuple(sorted(lines, key=lambda line: line.at))

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """From the preferred broker that answers; what it has no quote for, from the next one. Never an old quote."""
        found: dict[str, Quote] = {}
        silence: list[BrokerError] = []
        for part in self.parts.values():
            missing = [symbol for symbol in symbols if symbol not in found]
            try:
                found |= part.broker.quotes(missing) if missing else {}
            except BrokerError as error:
                silence.append(error)
        if len(silence) == len(self.parts):
            raise silence[0]
        return found

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """By the first that answers, in the order of the book."""
        return self._patiently(lambda broker: broker.market_bars(symbol, start, end))

    # ---- asking ----------------------------------------------------------------------------------------------------

    def _part_of(self, key: str) -> Member | None:
        return self.parts.get(tag_of(key))

    def _no_tag(self, key: str) -> str:
        return f"{key}: the key ends with the tag of none of the brokers {', '.join(self.parts)}"

    def _heard(self, part: Member, order: BrokerOrder, *, is_fresh: bool = True) -> BrokerOrder:
        """The broker's word on one order, remembered, in the book's words."""
        if is_fresh:
            part.remember(("order", order.key), order)
            if order.state in OVER:
                self.sent.pop(order.key, None)
        return own_order(part.tag, order)

    def _all(self, question: Hashable, call: Callable[[Broker], T]) -> list[tuple[Member, Answer[T]]]:
        """Each part's answer, now or the last time; waits, and then raises, while nobody answers."""
        for pause in self.patience:
            told = self._once(question, call)
            if any(answer.is_fresh for _, answer in told):
                return told
            self._pause(pause)
        told = self._once(question, call)
        if not any(answer.is_fresh for _, answer in told):
            names = ", ".join(part.label for part in self.parts.values())
            raise BrokerError(f"none of {names} answers; look at the connections, then run the session again")
        return told

    def _once(self, question: Hashable, call: Callable[[Broker], T]) -> list[tuple[Member, Answer[T]]]:
        return [(part, part.read(question, call, self._pause)) for part in self.parts.values()]

    def _patiently(self, call: Callable[[Broker], T]) -> T:
        return with_retries(lambda: self._preferred(call), self.patience, pause_at(self))

    def _preferred(self, call: Callable[[Broker], T]) -> T:
        """The first answer in the order of preference. Raises: BrokerError when nobody answers."""
        silence: list[BrokerError] = []
        for part in self.parts.values():
            try:
                return call(part.broker)
            except BrokerError as error:
                silence.append(error)
        raise silence[0]

    def _pause(self, pause: timedelta) -> None:
        self.wait_until(self.now() + pause)
