"""What the lying exchange answers about orders, executions and the account: the truth, as faults bend it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from tasks.book.faults import ARRIVES_WITHIN, Fault, FaultKind
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.effects import ActiveFault, account_before, hidden, order_as_seen
from tasks.brokers.simulated.faults.plan import DueFaults, FaultPlan
from tasks.brokers.simulated.faults.store import FaultStore
from tasks.model.account import AccountState
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution


class FaultyAnswers:
    """Called inside the turn of the call it answers."""

    def __init__(self, inner: Exchange, memory: FaultStore, plan: FaultPlan) -> None:
        self._inner, self._memory, self._plan = inner, memory, plan

    def as_seen(self, order: BrokerOrder, spells: Sequence[ActiveFault] | None = None) -> BrokerOrder:
        """The order as it looks while some faults last; its legs too. Without `spells` those on now."""
        spells = self._memory.spells() if spells is None else spells
        if order.legs:
            order = replace(order, legs=tuple(self.as_seen(leg, spells) for leg in order.legs))
        if not any(spell.is_about(order.broker_order_id) for spell in spells):
            return order
        return order_as_seen(order, self._inner.store.executions_of(order.broker_order_id), spells, self._inner.now())

    def found(self, strikes: DueFaults, key: str) -> BrokerOrder | None:
        """None while the fault `not_found` hides a young order: no proof that it never came."""
        order = self._inner.order(key)
        if order is None or strikes.first(FaultKind.NOT_FOUND, do=lambda _: self._is_young(order)):
            return None
        return self.as_seen(order)

    def _is_young(self, order: BrokerOrder) -> bool:
        kept = self._inner.store.order_numbered(order.broker_order_id)
        assert kept is not None  # it was found
        sent = min(kept.accepted_at, self._memory.first_sent(order.key) or kept.accepted_at)
        return self._inner.now() < sent + ARRIVES_WITHIN

    def seem_to_work(self) -> tuple[BrokerOrder, ...]:
        """Working orders as told, and silent ones that are over but do not seem so."""
        spells = self._memory.spells()
        told = {order.broker_order_id: self.as_seen(order, spells) for order in self._inner.working()}
        silent = {spell.subject for spell in spells if spell.kind is FaultKind.PARTIAL_THEN_SILENCE} - told.keys()
        for kept in map(self._inner.store.order_numbered, silent):
            if kept is not None:
                told[kept.broker_order_id] = self.as_seen(self._inner.order_of(kept), spells)
        return tuple(order for _, order in sorted(told.items()) if order.state in WORKING)

    def listed(self, strikes: DueFaults, session: date) -> tuple[Execution, ...]:
        """Some hidden, doubled or shuffled, as the faults of the moment want; the record behind it stays whole."""
        rows = self._inner.executions(session)
        strikes.first(FaultKind.LATE_EXECUTIONS, do=lambda fault: self._begin_lag(fault, rows))
        secret = hidden(rows, self._memory.spells(), self._inner.now())
        told = [row for row in rows if row.execution_id not in secret]
        if told and strikes.first(FaultKind.DUPLICATED_EXECUTIONS):
            told = [row for row in told for _ in range(2)]
        if len(told) > 1 and (due := strikes.first(FaultKind.SHUFFLED_EXECUTIONS)) is not None:
            told = self._shuffled(told, due.name, due.number)
        return tuple(told)

    def _begin_lag(self, fault: Fault, rows: Sequence[Execution]) -> bool:
        """Hold back the young executions, if there are any, and those of the near future."""
        now = self._inner.now()
        spell = ActiveFault(
            fault.kind,
            now - fault.lasting,
            now + fault.lasting,
            lag=fault.lasting,
            symbol=fault.symbol,
            client_order_id=fault.client_order_id,
        )
        if not hidden(rows, (spell,), now):
            return False
        self._memory.add_spell(spell)
        return True

    def _shuffled(self, rows: list[Execution], *names: object) -> list[Execution]:
        """In another order than before, wherever the rows differ."""
        mixed = sorted(rows, key=lambda row: self._plan.chance(*names, row.execution_id))
        return mixed if mixed != rows else rows[::-1]

    def valued(self, strikes: DueFaults) -> AccountState:
        """Cash and positions of an earlier moment, or a part of them, as the faults of the moment want."""
        told = self._inner.account()
        session = self._inner.session()
        rows = () if session is None else self._inner.executions(session)

        def before(fault: Fault) -> AccountState:
            return account_before(told, rows, told.at - fault.lasting)

        if (due := strikes.first(FaultKind.STALE_ACCOUNT, do=lambda fault: before(fault) != told)) is not None:
            told = before(due.fault)
        if told.positions and strikes.first(FaultKind.EMPTY_ACCOUNT):
            told = replace(told, positions={})
        return told
