"""Writes fills into an account: orders, cash, positions, footprints; the account is changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tasks.brokers.simulated.account import Account, Order, cash_change, filled
from tasks.brokers.simulated.engine.contingent import follow, keep
from tasks.brokers.simulated.engine.matching import Fill, Footprint, moment
from tasks.brokers.simulated.market.quotes import OwnMinute
from tasks.brokers.simulated.market.tape import Tape
from tasks.model.commission import Commission
from tasks.model.order_states import WORKING
from tasks.model.orders import Execution


@dataclass(slots=True)
class AdvanceResult:
    """Everything that happened, for the store."""

    executions: list[Execution] = field(default_factory=list[Execution])
    changed: list[Order] = field(default_factory=list[Order])
    """Orders that are not as they were and still work."""
    over: list[Order] = field(default_factory=list[Order])
    """Orders that filled, expired or were cancelled."""
    own_minutes: dict[str, list[OwnMinute]] = field(default_factory=dict[str, list[OwnMinute]])
    touched: set[str] = field(default_factory=set[str])
    """Keys of orders that are not as they were."""

    def note(self, orders: Iterable[Order]) -> None:
        """Remember what became of orders."""
        for order in orders:
            self.touched.add(order.request.key)
            if order.state not in WORKING:
                self.over.append(order)


def book(tape: Tape, fills: Sequence[Fill], account: Account, commission: Commission, passage: AdvanceResult) -> None:
    """Write one symbol's fills into the account, and what they make of linked orders."""
    for fill in fills:
        at = datetime.fromtimestamp(moment(tape, fill.minute), UTC)
        order, execution = filled(account.working[fill.key], fill, at, commission)
        account.move(tape.symbol, fill.side.sign * fill.shares, cash_change(execution))
        passage.executions.append(execution)
        keep(account.working, order)
        passage.note([order, *follow(account.working, order, fill.shares, at)])
    passage.own_minutes.setdefault(tape.symbol, []).extend(own_minutes(tape, fills))
    account.footprints[tape.symbol] = Footprint(fills[-1].displaced, moment(tape, fills[-1].minute))


def own_minutes(tape: Tape, fills: Sequence[Fill]) -> list[OwnMinute]:
    """What the fills of one symbol add up to, minute by minute."""
    by_minute: dict[int, list[Fill]] = defaultdict(list)
    for fill in fills:
        by_minute[fill.minute].append(fill)
    return [
        OwnMinute(
            minute=minute,
            at=moment(tape, minute),
            displaced=of[-1].displaced,
            shares=sum((fill.shares for fill in of), start=of[0].shares * 0),
            notional=sum((fill.shares * fill.price for fill in of), start=of[0].shares * 0),
            high=max(fill.price for fill in of),
            low=min(fill.price for fill in of),
        )
        for minute, of in by_minute.items()
    ]
