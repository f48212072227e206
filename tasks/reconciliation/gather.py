"""Gathers both sides of a comparison, and finds the session to which an execution belongs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from tasks.brokers.remarks import corrections_are_late
from tasks.context import StepContext
from tasks.journal import Journal
from tasks.model.account import AccountState
from tasks.model.broker_tags import tag_of
from tasks.model.cycle import Cycle
from tasks.model.ledger import ledger
from tasks.model.ledger_entries import entries_of
from tasks.model.ledger_ids import name_of
from tasks.model.ledger_records import LedgerRow
from tasks.model.order_records import Slice
from tasks.model.order_states import UNANSWERED, WORKING
from tasks.model.orders import BrokerOrder, Execution
from tasks.orders.collect import collect
from tasks.orders.record import record_executions
from tasks.reconciliation.broker_statement import listed_lines
from tasks.reconciliation.by_broker import as_believed, ledgers_by_part, part_of
from tasks.reconciliation.compare import Ours, Theirs

SESSIONS_BACK = 10
"""Trades are not corrected after they settle; further back is not searched."""


def recent_cycles(journal: Journal, newest: Cycle) -> tuple[Cycle, ...]:
    """The book's cycles of the newest sessions up to this one, newest first; a session may have a liquidation too."""
    known = [c for c in journal.cycles.all(newest.book) if c.account == newest.account and c.session <= newest.session]
    by_session = [list(cycles) for _, cycles in groupby(known, key=lambda c: c.session)]
    return tuple(cycle for cycles in by_session[:SESSIONS_BACK] for cycle in cycles)


def owner_of(journal: Journal, cycles: Sequence[Cycle], execution: Execution) -> Cycle | None:
    """The cycle whose order was executed; None for a trade that is not ours."""
    for cycle in cycles:
        if execution.key and execution.key in keys_of(journal, [cycle]):
            return cycle
        if execution.supersedes and execution.supersedes in _ids_of(journal, cycle):
            return cycle
    return None


def keys_of(journal: Journal, cycles: Sequence[Cycle]) -> frozenset[str]:
    """Client order ids of every slice of these cycles, whatever became of it."""
    return frozenset(s.request.key for cycle in cycles for s in journal.orders.slices(cycle.cycle_id))


def _ids_of(journal: Journal, cycle: Cycle) -> frozenset[str]:
    return frozenset(fill.execution_id for fill in journal.orders.fills(cycle.cycle_id))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Both sides, and what is needed to say which differences are ours."""

    ours: Ours
    theirs: Theirs
    own_keys: frozenset[str]
    """Of our orders, as far back as a key that the broker names was looked for."""
    cycle_ids: frozenset[str]
    """Cycles of this session: of these the broker lists every execution."""


def gather(context: StepContext, account: AccountState) -> Gathered:
    """Everything that can differ, with the broker's word on the account as given.

    Of several brokers, one that is silent is taken to have what our ledger has there: its breaks can be found, and
    closed, only when it answers.
    """
    cycles = recent_cycles(context.journal, context.cycle)
    today, before = _split(cycles)
    entries = context.journal.books.entries(context.book.book, context.account)
    fills = context.journal.orders.all_fills(context.account, context.book.book)
    state = ledger(entries_of(entries, fills))
    executions = _since_the_opening(_listed(context, today, before), entries, {f.execution_id for f in fills})
    open_orders = [order for order in context.broker.open_orders() if part_of(order) not in account.silent]
    pieces = [
        s
        for cycle in today
        for s in context.journal.orders.slices(cycle.cycle_id)
        if tag_of(s.request.key) not in account.silent
    ]
    parts = ledgers_by_part(entries, fills) if account.parts else {}
    ours = Ours(
        cash_usd=state.cash_usd,
        shares=state.shares(),
        fills=fills,
        earlier=_earlier(context, today, fills)
        | {f.execution_id for f in fills if part_of(f) in account.silent}
        | _late_corrections(context, fills),
        open_orders=_believed_open(context, pieces, open_orders),
        unanswered_keys=frozenset(s.request.key for s in pieces if s.state in UNANSWERED),
        booked_lines=frozenset(name_of(e.entry_id, context.book.book) for e in entries),
        parts=parts,
    )
    theirs = Theirs(as_believed(account, parts), executions, open_orders, listed_lines(context))
    own_keys = _own_keys(context, cycles, today, [*executions, *open_orders])
    return Gathered(ours, theirs, own_keys, frozenset(c.cycle_id for c in today))


def believed(context: StepContext, account: AccountState) -> AccountState:
    """The broker's word with every silent part of it as our ledger has it."""
    if not account.silent:
        return account
    entries = context.journal.books.entries(context.book.book, context.account)
    fills = context.journal.orders.all_fills(context.account, context.book.book)
    return as_believed(account, ledgers_by_part(entries, fills))


def collect_everything(context: StepContext) -> None:
    """What this session and the one before it may have missed, each filed under the cycle whose order it is."""
    cycles = recent_cycles(context.journal, context.cycle)
    today, before = _split(cycles)
    for cycle in (*before, *today):
        collect(replace(context, cycle=cycle))
    known = {f.execution_id for f in context.journal.orders.all_fills(context.account, context.book.book)}
    for stray in (e for e in _listed(context, today, before) if e.execution_id not in known):
        owner = owner_of(context.journal, cycles, stray)
        if owner is not None:
            record_executions(replace(context, cycle=owner), [stray])


def _split(cycles: Sequence[Cycle]) -> tuple[tuple[Cycle, ...], tuple[Cycle, ...]]:
    """Those of the newest session, and those of the session before it."""
    sessions = sorted({c.session for c in cycles}, reverse=True)[:2]
    today = tuple(c for c in cycles if c.session == sessions[0])
    return today, tuple(c for c in cycles if c.session in sessions[1:])


def _listed(context: StepContext, today: Sequence[Cycle], before: Sequence[Cycle]) -> tuple[Execution, ...]:
    sessions = sorted({c.session for c in (*before, *today)})
    return tuple(e for session in sessions for e in context.broker.executions(session))


def _since_the_opening(
    executions: Sequence[Execution], entries: Sequence[LedgerRow], known: set[str]
) -> tuple[Execution, ...]:
    """What had happened before the account was taken over is in its opening positions already."""
    opened = _opened_at(entries)
    return tuple(e for e in executions if opened is None or e.at > opened or e.execution_id in known)


def _opened_at(entries: Sequence[LedgerRow]) -> datetime | None:
    return max((e.at for e in entries if e.kind == "opening"), default=None)


def _earlier(context: StepContext, today: Sequence[Cycle], fills: Sequence[Execution]) -> frozenset[str]:
    """Executions of earlier sessions: a broker need not list them any more."""
    ids = {f.execution_id for cycle in today for f in context.journal.orders.fills(cycle.cycle_id)}
    return frozenset(f.execution_id for f in fills) - ids


def _late_corrections(context: StepContext, fills: Sequence[Execution]) -> frozenset[str]:
    """Corrections on record that a broker does not repeat while it tells none; asked after its executions."""
    return frozenset(f.execution_id for f in fills if f.supersedes and corrections_are_late(context.broker))


def _believed_open(context: StepContext, pieces: Sequence[Slice], listed: Sequence[BrokerOrder]) -> dict[str, str]:
    """Orders that work by our record; one that is over by the broker's own word is merely old news."""
    keys = {order.key for order in listed}
    working = [s.request for s in pieces if s.state in WORKING]
    return {r.key: r.symbol for r in working if r.key in keys or not _is_over(context, r.key)}


def _is_over(context: StepContext, key: str) -> bool:
    order = context.broker.find_order(key)
    return order is not None and order.state not in WORKING


def _own_keys(
    context: StepContext, cycles: Sequence[Cycle], today: Sequence[Cycle], named: Sequence[Execution | BrokerOrder]
) -> frozenset[str]:
    """Keys of this session, and of earlier ones when the broker names a key that is not of this one."""
    keys = keys_of(context.journal, today)
    return keys if all(item.key in keys for item in named) else keys_of(context.journal, cycles)
