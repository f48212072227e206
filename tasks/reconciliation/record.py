"""Compares with the broker, whole or cheaply before a wave, and puts what differs on record.

Breaks lock their symbols until they are explained.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tasks.brokers.account_snapshot import steady_account
from tasks.brokers.remarks import remarks_of
from tasks.context import Desk
from tasks.model.account import AccountState
from tasks.model.ledger_records import BreakRow
from tasks.model.plan import Finding, Severity
from tasks.reconciliation.breaks import Break
from tasks.reconciliation.cause import Verdict, cause_of
from tasks.reconciliation.compare import cash_differs, compare, differing_symbols
from tasks.reconciliation.gather import Gathered, believed, collect_everything, gather, recent_cycles
from tasks.reconciliation.lifecycle import OURSELVES, Standing, break_id, is_known, is_over, replacement
from tasks.reconciliation.owned import Owned, owned

MOST_LOOKS = 3
"""Comparisons before a difference is believed; then it is a break on record, for a person."""
PAUSE = timedelta(seconds=5)
"""Of the broker's clock, before the third look and each one after it."""


@dataclass(frozen=True, slots=True)
class Comparison:
    account: AccountState
    """The broker's word that was compared last: the one to go on with."""
    breaks: tuple[Break, ...]


def record_comparison(
    desk: Desk, account: AccountState, prices: Mapping[str, Decimal], *, looks: int = MOST_LOOKS
) -> Comparison:
    """Compare everything that can differ; what is new is recorded, what is over is closed.

    A difference that is not on record yet is looked at again, after collecting what may merely have been late; never
    more than `looks` times. Raises: BrokerError when the account does not settle down.
    """
    gathered, found = _look(desk, account, prices)
    for look in range(2, looks + 1):
        standing = _standing(desk, gathered)
        if all(is_known(item, standing) for item in found):
            break
        if look > 2:
            desk.broker.wait_until(desk.broker.now() + PAUSE)
        collect_everything(desk)
        gathered, found = _look(desk, steady_account(desk.broker, gathered.ours.shares), prices)
    _record(desk, gathered, found)
    return Comparison(gathered.theirs.account, found)


def locked_symbols(desk: Desk) -> dict[str, str]:
    """Symbols with an open break, and what it is; a cash break locks nothing by itself."""
    rows = desk.journal.books.breaks(desk.book.book, open_only=True)
    return {row.symbol: row.sentence for row in rows if row.symbol is not None}


def _look(desk: Desk, account: AccountState, prices: Mapping[str, Decimal]) -> tuple[Gathered, tuple[Break, ...]]:
    gathered = gather(desk, account)
    return gathered, compare(gathered.ours, gathered.theirs, prices)


def _standing(desk: Desk, gathered: Gathered) -> Standing:
    recent = recent_cycles(desk.journal, desk.cycle)
    sessions = sorted({cycle.session for cycle in recent}, reverse=True)[:2]
    return Standing(
        rows=desk.journal.books.breaks(desk.book.book),
        entry_ids=frozenset(e.entry_id for e in desk.journal.books.entries(desk.book.book, desk.account)),
        fills=gathered.ours.fills,
        recent_cycles=frozenset(c.cycle_id for c in recent if c.session in sessions),
        cycle_ids=gathered.cycle_ids,
    )


def _record(desk: Desk, gathered: Gathered, found: Sequence[Break]) -> None:
    """New breaks first and closed ones after them, so that no lock is ever opened for a moment.

    While one of several brokers is silent none is closed: it might be that one.
    """
    standing = _standing(desk, gathered)
    listed = desk.broker.capabilities.statement
    new = {break_id(desk.cycle_id, item, standing.rows): item for item in found if not is_known(item, standing)}
    desk.journal.books.record_breaks(
        [
            _row(desk, name, item, cause_of(item, found, gathered.own_keys, lists_statement=listed))
            for name, item in new.items()
        ]
    )
    unexplained = [] if gathered.theirs.account.silent else [row for row in standing.rows if row.explained_by is None]
    for row in (row for row in unexplained if is_over(row, found, standing)):
        newer = replacement(row, new)
        agrees = f"the broker's answer at {gathered.theirs.account.at:%Y-%m-%d %H:%M:%S} UTC agrees"
        because = f"the figures have moved: see {newer}" if newer else agrees
        desk.journal.books.explain(row.break_id, OURSELVES, because, desk.clock())
    findings = [Finding(Severity.WARN, "break", b.symbol or "cash", b.sentence, b.symbol) for b in found]
    findings += [Finding(Severity.WARN, r.kind.value, desk.broker.name, r.words) for r in remarks_of(desk.broker)]
    desk.journal.cycles.record_findings(desk.cycle, "reconcile", findings)


def _row(desk: Desk, name: str, item: Break, verdict: Verdict) -> BreakRow:
    return BreakRow(
        break_id=name,
        cycle_id=desk.cycle_id,
        book=desk.book.book,
        symbol=item.symbol,
        kind=item.kind.value,
        ours=item.ours,
        theirs=item.theirs,
        amount_usd=item.amount_usd,
        sentence=f"{item.sentence}; {verdict.sentence}",
        found_at=desk.clock(),
        cause=verdict.cause.value,
    )


def compare_between_waves(desk: Desk, has: Owned | None = None) -> dict[str, str]:
    """Symbols that must not be traded, each with its sentence; call it after collecting.

    `has` is what the book owns by its record, where the caller has read it: the newest fills must be in it.
    It costs one question and the ledger while both agree and no break is open. A difference is collected for and looked
    at again before it becomes a break: shares may be on their way.
    Raises: BrokerError when the account does not settle.
    """
    ours = (has or owned(desk)).state
    account = believed(desk, desk.broker.account_state())
    apart = differing_symbols(ours.shares(), account.positions)
    agrees = not apart and not cash_differs(ours.cash_usd, account.cash)
    if agrees and not desk.journal.books.breaks(desk.book.book, open_only=True):
        return {}
    prices = {symbol: quote.last for symbol, quote in desk.broker.quotes(sorted(apart)).items()}
    record_comparison(desk, account, prices)
    return locked_symbols(desk)
