"""Compares with the broker, whole or cheaply before a wave, and puts what differs on record.

Breaks lock their symbols until they are explained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.brokers.account_snapshot import steady_account
from tasks.brokers.remarks import findings_of, remarks_of
from tasks.context import StepContext
from tasks.model.account import AccountState
from tasks.model.desk_event import break_found, break_over
from tasks.model.ledger_records import BreakRow
from tasks.model.plan import Finding, Severity
from tasks.reconciliation.breaks import Break
from tasks.reconciliation.cause import Verdict, cause_of
from tasks.reconciliation.compare import cash_differs, compare, differing_symbols
from tasks.reconciliation.gather import Gathered, believed, collect_everything, gather, recent_cycles
from tasks.reconciliation.lifecycle import OURSELVES, Standing, break_id, is_known, is_over, replacement
from tasks.reconciliation.owned import Owned, owned
from tasks.retry import DIFFERENCE_STAYS


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared last, and how it came out."""

    account: AccountState
    """The broker's word that was compared last: the one to go on with."""
    breaks: tuple[Break, ...]


def record_comparison(
    context: StepContext, account: AccountState, prices: Mapping[str, Decimal], *, looks: int = DIFFERENCE_STAYS.most
) -> Comparison:
    """Compare everything that can differ; what is new is recorded, what is over is closed.

    A difference that is not on record yet is looked at again, after collecting what may merely have been late; never
    more than `looks` times. Raises: BrokerError when the account does not settle down.
    """
    gathered, found = _look(context, account, prices)
    for look in range(2, looks + 1):
        standing = _standing(context, gathered)
        if all(is_known(item, standing) for item in found):
            break
        if look > 2:
            context.broker.wait_until(context.broker.now() + DIFFERENCE_STAYS.pause)
        collect_everything(context)
        gathered, found = _look(context, steady_account(context.broker, gathered.ours.shares), prices)
    _record(context, gathered, found)
    return Comparison(gathered.theirs.account, found)


def locked_symbols(context: StepContext) -> dict[str, str]:
    """Symbols with an open break, and what it is; a cash break locks nothing by itself."""
    rows = context.journal.books.breaks(context.book.book, open_only=True)
    return {row.symbol: row.sentence for row in rows if row.symbol is not None}


def _look(
    context: StepContext, account: AccountState, prices: Mapping[str, Decimal]
) -> tuple[Gathered, tuple[Break, ...]]:
    context.journal.known.look_again()
    gathered = gather(context, account)
    return gathered, compare(gathered.ours, gathered.theirs, prices)


def _standing(context: StepContext, gathered: Gathered) -> Standing:
    recent = recent_cycles(context.journal, context.cycle)
    sessions = sorted({cycle.session for cycle in recent}, reverse=True)[:2]
    return Standing(
        rows=context.journal.books.breaks(context.book.book),
        entry_ids=frozenset(e.entry_id for e in context.journal.books.entries(context.book.book, context.account)),
        fills=gathered.ours.fills,
        recent_cycles=frozenset(c.cycle_id for c in recent if c.session in sessions),
        cycle_ids=gathered.cycle_ids,
    )


def _record(context: StepContext, gathered: Gathered, found: Sequence[Break]) -> None:
    """New breaks first and closed ones after them, so that no lock is ever opened for a moment.

    While one of several brokers is silent none is closed: it might be that one.
    """
    standing = _standing(context, gathered)
    listed = context.broker.capabilities.statement
    new = {break_id(context.cycle_id, item, standing.rows): item for item in found if not is_known(item, standing)}
    rows = [
        _row(context, name, item, cause_of(item, found, gathered.own_keys, lists_statement=listed))
        for name, item in new.items()
    ]
    context.journal.books.record_breaks(rows)
    context.announce([break_found(row) for row in rows])
    unexplained = [] if gathered.theirs.account.silent else [row for row in standing.rows if row.explained_by is None]
    for row in (row for row in unexplained if is_over(row, found, standing)):
        newer = replacement(row, new)
        agrees = f"the broker's answer at {gathered.theirs.account.at:%Y-%m-%d %H:%M:%S} UTC agrees"
        because = f"the figures have moved: see {newer}" if newer else agrees
        context.journal.books.explain(row.break_id, OURSELVES, because, context.clock())
        context.announce([break_over(row, because)])
    findings = [Finding(Severity.WARN, "break", b.symbol or "cash", b.sentence, b.symbol) for b in found]
    findings += findings_of(remarks_of(context.broker), context.broker.name)
    context.journal.cycles.record_findings(context.cycle, "reconcile", findings)


def _row(context: StepContext, name: str, item: Break, verdict: Verdict) -> BreakRow:
    return BreakRow(
        break_id=name,
        cycle_id=context.cycle_id,
        book=context.book.book,
        symbol=item.symbol,
        kind=item.kind.value,
        ours=item.ours,
        theirs=item.theirs,
        amount_usd=item.amount_usd,
        sentence=f"{item.sentence}; {verdict.sentence}",
        found_at=context.clock(),
        cause=verdict.cause.value,
    )


def compare_between_waves(context: StepContext, has: Owned | None = None) -> dict[str, str]:
    """Symbols that must not be traded, each with its sentence; call it after collecting.

    `has` is what the book owns by its record, where the caller has read it: the newest fills must be in it.
    It costs one question and the ledger while both agree and no break is open. A difference is collected for and looked
    at again before it becomes a break: shares may be on their way.
    Raises: BrokerError when the account does not settle.
    """
    ours = (has or owned(context)).state
    account = believed(context, context.broker.account_state())
    apart = differing_symbols(ours.shares(), account.positions)
    agrees = not apart and not cash_differs(ours.cash_usd, account.cash)
    if agrees and not context.journal.books.breaks(context.book.book, open_only=True):
        return {}
    prices = {symbol: quote.last for symbol, quote in context.broker.quotes(sorted(apart)).items()}
    record_comparison(context, account, prices)
    return locked_symbols(context)
