"""What fills, statement lines and an opening come to in the ledger."""

from collections.abc import Sequence

from tasks.model.capabilities import StatementLine
from tasks.model.ledger import ZERO, Entry, EntryKind
from tasks.model.ledger_ids import entry_id
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import Execution

KINDS = frozenset(kind.value for kind in EntryKind)


def entries_of(rows: Sequence[LedgerRow], fills: Sequence[Execution]) -> list[Entry]:
    """Ledger rows and fills as entries, not yet in order of time."""
    return [*(_row(row) for row in rows), *(_fill(fill) for fill in fills)]


def _row(row: LedgerRow) -> Entry:
    return Entry(
        kind=EntryKind(row.kind),
        at=row.at,
        symbol=row.symbol,
        shares=row.shares or ZERO,
        price=row.price,
        amount_usd=row.amount_usd or ZERO,
        entry_id=row.entry_id,
    )


def _fill(fill: Execution) -> Entry:
    return Entry(
        kind=EntryKind.FILL,
        at=fill.at,
        symbol=fill.symbol,
        shares=fill.side.sign * fill.shares,
        price=fill.price,
        fee_usd=fill.fee,
        entry_id=fill.execution_id,
        supersedes=fill.supersedes,
    )


def line_row(book: str, account: str, line: StatementLine) -> LedgerRow:
    """A line of the broker's statement as the ledger's row; a line has one id, however often it is booked.

    A kind of line that the ledger has no word for is a balance: no line can make the ledger unreadable.
    """
    return LedgerRow(
        entry_id=entry_id(book, line.line_id),
        book=book,
        account=account,
        kind=line.kind if line.kind in KINDS else EntryKind.BALANCE.value,
        at=line.at,
        symbol=line.symbol or None,
        shares=line.shares,
        amount_usd=line.amount_usd,
        price=None,
        because=line.words,
    )
