"""What the wire has said of orders and executions, as values. Pure: nothing here comes from a library's own states."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from tasks.brokers.ibkr.build_order import Part
from tasks.brokers.ibkr.codes import CANCELLED, INACTIVE, is_over
from tasks.brokers.ibkr.errors import ErrorClass, error_class
from tasks.brokers.ibkr.instruments import Instrument, instrument_of
from tasks.model.orders import Cause, Side

ZERO = Decimal(0)
UNSET = 1.7976931348623157e308
"""What the library says where TWS said nothing."""
Decoded = Any
"""A value object of the library: Contract, Order, OrderState, Execution, CommissionReport, ContractDetails, BarData."""
OrderKey = tuple[int, int]
"""Client id and its order number; (-1, permanent id) for an order that no client has numbered."""
SIDES = {
    **dict.fromkeys(("BUY", "BOT"), Side.BUY),
    **dict.fromkeys(("SELL", "SSHORT", "SLONG", "SLD"), Side.SELL),
}


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """One order, as far as the wire has told."""

    name: OrderKey
    key: str
    """Our client order id: the `orderRef`."""
    account: str
    symbol: str
    side: Side
    shares: Decimal
    """0 where TWS does not tell: completed orders that filled."""
    perm_id: int = 0
    """Account-wide and for ever; 0 until the order was heard of."""
    status: str = ""
    """The last one from the wire; empty until there is one."""
    filled: Decimal = ZERO
    why_held: str = ""
    words: tuple[str, ...] = ()
    refused: str = ""
    """Code and words of an error that can mean a refusal."""
    lasts: bool = False
    """Whether the refusal would meet every further order of the contract."""
    is_puzzling: bool = False
    """Whether TWS has said something of it that we do not know."""
    completed: str = ""
    group: str = ""
    """The OCA group: what cancels or reduces each other."""
    heard_at: datetime | None = None
    instrument: Instrument | None = None
    """None while only we have named it: it is the book's stock then."""

    @property
    def is_refused(self) -> bool:
        """Refused, and no later word of the wire says that it works."""
        return bool(self.refused) and self.status in ("", INACTIVE) and not self.filled

    @property
    def is_in_doubt(self) -> bool:
        """Named in an error that we do not know, and in nothing else that would tell what it is."""
        return self.is_puzzling and not (self.status or self.refused or self.filled)

    @property
    def cause(self) -> Cause:
        """What our word for its state rests on."""
        if self.is_in_doubt:
            return Cause.IN_DOUBT
        if self.refused and self.lasts and self.status in ("", INACTIVE, *CANCELLED):
            return Cause.STANDING
        if self.is_refused:
            return Cause.REFUSED
        return Cause.HELD if self.status == INACTIVE else Cause.TOLD

    @property
    def is_final(self) -> bool:
        """Nothing more can fill, as far as TWS has said."""
        return self.is_refused or is_over(self.status)

    def unheard(self) -> "ReportedOrder":
        """The same order, once nothing of what was heard of it need be true any more; its key is not free by that."""
        words = tuple(word for word in (*self.words, self.refused) if word)
        return replace(self, status="", heard_at=None, refused="", words=words)

    @property
    def broker_order_id(self) -> str:
        """The permanent id once IB has given one, before that the client's own numbers."""
        return str(self.perm_id) if self.perm_id else f"{self.name[0]}:{self.name[1]}"

    @property
    def reason(self) -> str:
        """Everything that TWS said of it, each sentence once; empty when it said nothing."""
        is_held = self.status == INACTIVE and not self.refused
        held = f"held by TWS, not placed: {self.why_held or 'Inactive'}" if is_held else ""
        held = held or (f"held: {self.why_held}" if self.why_held else "")
        return "; ".join(part for part in dict.fromkeys((self.refused, held, *self.words, self.completed)) if part)

    def with_status(
        self, status: str, filled: Decimal, perm_id: int, why_held: str, heard_at: datetime | None
    ) -> "ReportedOrder":
        """A permanent id that was told before stays when this word lacks it."""
        return replace(
            self,
            status=status,
            filled=filled,
            perm_id=perm_id or self.perm_id,
            why_held=why_held,
            heard_at=heard_at,
        )

    def with_error(self, code: int, words: str) -> "ReportedOrder":
        """A refusal is kept apart; anything else is only said along."""
        said, kind = f"{code}: {words}", error_class(code, words)
        if kind in (ErrorClass.REFUSED, ErrorClass.STANDING):
            return replace(self, refused=said, lasts=kind is ErrorClass.STANDING)
        is_puzzling = self.is_puzzling or kind is ErrorClass.UNKNOWN
        return replace(self, words=(*self.words, said), is_puzzling=is_puzzling)


@dataclass(frozen=True, slots=True)
class ReportedExecution:
    """One execution report."""

    execution_id: str
    key: str
    perm_id: int
    account: str
    symbol: str
    side: Side
    shares: Decimal
    price: Decimal
    at: datetime
    venue: str
    name: OrderKey
    instrument: Instrument | None = None
    """None where it is the book's stock for certain."""


@dataclass(slots=True)
class Reports:
    """All that one connection has heard; the newest word on each order and execution."""

    orders: dict[OrderKey, ReportedOrder] = field(default_factory=dict[OrderKey, ReportedOrder])
    executions: dict[str, ReportedExecution] = field(default_factory=dict[str, ReportedExecution])
    fees: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Commission, USD, by execution id."""

    def of_key(self, key: str) -> tuple[ReportedOrder, ...]:
        """All orders that carry one of our keys, oldest first."""
        return tuple(sorted((o for o in self.orders.values() if o.key == key), key=lambda o: (o.perm_id, o.name)))

    def partners(self, order: ReportedOrder) -> tuple[ReportedOrder, ...]:
        """What still works of its OCA group, and was placed by the same client."""
        return tuple(
            other
            for other in self.orders.values()
            if order.group
            and other.group == order.group
            and other.name[0] == order.name[0]
            and other.name != order.name
            and other.status
            and not other.is_final
        )

    def of_an_earlier_connection(self) -> "Reports":
        """What stays true without a line: executions, orders that are over; of all others only that they were sent."""
        orders = {name: order if order.is_final else order.unheard() for name, order in self.orders.items()}
        return Reports(orders, dict(self.executions), dict(self.fees))

    def has_filled(self, order: ReportedOrder) -> bool:
        """Whether any execution is of it, whatever its status says."""
        return any(is_of(execution, order) for execution in self.executions.values())


def is_of(execution: ReportedExecution, order: ReportedOrder) -> bool:
    """By the permanent id, or by the number where that is not known yet."""
    return execution.perm_id == order.perm_id if order.perm_id else execution.name == order.name


def order_name(client_id: int, order_id: int, perm_id: int) -> OrderKey:
    """Orders placed by hand have no number: they go by their permanent id."""
    return (client_id, order_id) if order_id > 0 else (-1, perm_id)


def sent(name: OrderKey, symbol: str, part: Part) -> ReportedOrder:
    """An order on its way, of which nothing was heard yet."""
    return ReportedOrder(name, part.key, part.account, symbol, part.side, part.shares, group=part.group)


def from_order(
    name: OrderKey, contract: Decoded, order: Decoded, state: Decoded, before: ReportedOrder | None
) -> ReportedOrder:
    """An open or completed order; what was heard of it before is kept where this message says nothing."""
    shares, instrument = exact(order.totalQuantity), instrument_of(contract)
    told = ReportedOrder(
        name,
        order.orderRef,
        order.account,
        instrument.symbol,
        SIDES[order.action],
        shares,
        int(order.permId or 0),
        str(state.status),
        filled=exact(order.filledQuantity),
        completed=str(getattr(state, "completedStatus", "") or ""),
        group=str(order.ocaGroup or ""),
        instrument=instrument,
    )
    if before is None:
        return told
    return replace(
        before,
        perm_id=told.perm_id or before.perm_id,
        shares=told.shares or before.shares,
        status=told.status or before.status,
        filled=max(before.filled, told.filled),
        completed=told.completed,
        group=told.group or before.group,
    )


def from_execution(contract: Decoded, execution: Decoded) -> ReportedExecution:
    """Without its fee, which TWS reports in a message of its own."""
    instrument = instrument_of(contract)
    return ReportedExecution(
        execution_id=execution.execId,
        key=execution.orderRef,
        perm_id=int(execution.permId),
        account=execution.acctNumber,
        symbol=instrument.symbol,
        side=SIDES[execution.side],
        shares=exact(execution.shares),
        price=exact(execution.price),
        at=execution.time,
        venue=execution.exchange,
        name=order_name(int(execution.clientId), int(execution.orderId), int(execution.permId)),
        instrument=instrument,
    )


def exact(number: float | Decimal | None) -> Decimal:
    """A number of the library as it stood on the wire; 0 where TWS said nothing."""
    if number is None or float(number) == UNSET:
        return ZERO
    found = Decimal(str(number))
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found
