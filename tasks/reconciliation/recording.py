"""Compares with the broker and puts what differs on record; breaks lock their symbols until explained."""

from collections.abc import Mapping
from decimal import Decimal

from tasks.desk import Desk
from tasks.holdings.booking import ledger_of
from tasks.journal.books import BreakRow
from tasks.reconciliation.compare import Break, Ours, Theirs, compare
from tasks.terms import AccountState, Finding, Severity


def record_comparison(
    desk: Desk, account: AccountState, prices: Mapping[str, Decimal], *, at_start: bool
) -> tuple[Break, ...]:
    """Compare everything that can differ and record the breaks; the same break is recorded once a session."""
    ours = ledger_of(desk.journal, desk.book.book, desk.account)
    own_fills = desk.journal.orders.fills(desk.cycle_id)
    found = compare(
        Ours(ours.cash_usd, ours.shares(), own_fills),
        Theirs(account, desk.broker.executions(desk.session), desk.broker.open_orders()),
        prices,
    )
    moment = "start" if at_start else "end"
    known = {(b.symbol, b.kind, b.ours, b.theirs) for b in desk.journal.books.breaks(desk.book.book, open_only=True)}
    rows = [
        _row(desk, moment, number, item)
        for number, item in enumerate(found, start=1)
        if (item.symbol, item.kind.value, item.ours, item.theirs) not in known
    ]
    desk.journal.books.record_breaks(rows)
    desk.journal.cycles.record_findings(
        desk.cycle,
        "reconcile",
        [Finding(Severity.WARN, "break", b.symbol or "cash", b.sentence, b.symbol) for b in found],
    )
    return found


def locked_symbols(desk: Desk) -> dict[str, str]:
    """Symbols with an open break, and what it is; a cash break locks nothing by itself."""
    rows = desk.journal.books.breaks(desk.book.book, open_only=True)
    return {row.symbol: row.sentence for row in rows if row.symbol is not None}


def _row(desk: Desk, moment: str, number: int, item: Break) -> BreakRow:
    return BreakRow(
        break_id=f"{desk.cycle_id}:{moment}:{desk.cycle.attempt}:{item.kind}:{item.symbol or 'cash'}:{number}",
        cycle_id=desk.cycle_id,
        book=desk.book.book,
        symbol=item.symbol,
        kind=item.kind.value,
        ours=item.ours,
        theirs=item.theirs,
        amount_usd=item.amount_usd,
        sentence=item.sentence,
        found_at=desk.clock(),
    )
