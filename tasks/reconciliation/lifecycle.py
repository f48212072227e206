"""What a comparison changes in the record: which breaks are new, and which are over. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from tasks.model.executions import superseded
from tasks.model.ledger_ids import balance_id, entry_id
from tasks.model.ledger_records import BreakRow
from tasks.model.orders import Execution
from tasks.reconciliation.break_text import execution_of, line_of
from tasks.reconciliation.breaks import FILL_KINDS, BreakKind
from tasks.reconciliation.effects import TwoSided, difference_of

OURSELVES = "steelyard"
"""Who explains a break that went away by itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record when a comparison is done."""

    rows: Sequence[BreakRow]
    """Every break of the book, explained or not."""
    entry_ids: Collection[str]
    """Of the ledger."""
    fills: Sequence[Execution]
    """Every execution on record."""
    recent_cycles: Collection[str]
    """Cycles of this session and the one before it: a person's word counts that long."""
    cycle_ids: Collection[str]
    """Cycles of this session."""


def is_known(item: TwoSided, standing: Standing) -> bool:
    """On record and open; or explained by a person who let the difference stand, in this session or the last one."""
    return any(
        _same(item, row) if row.explained_by is None else _was_let_stand(item, row, standing) for row in standing.rows
    )


def is_over(row: BreakRow, found: Iterable[TwoSided], standing: Standing) -> bool:
    """Whether an open break is gone, as far as this comparison can tell."""
    if any(_same(item, row) for item in found):
        return False
    if row.kind == BreakKind.STATEMENT:
        # what was posted long ago is not asked for any more: then only the ledger can tell
        booked = entry_id(row.book, line_of(row.theirs).line_id) in standing.entry_ids
        return booked or row.cycle_id in standing.recent_cycles
    if row.kind in FILL_KINDS and row.cycle_id not in standing.cycle_ids:
        return _is_settled(row, standing.fills)
    return True


def replacement(row: BreakRow, ids: Mapping[str, TwoSided]) -> str | None:
    """Id of the break that says the same of the same symbol with newer figures."""
    about = (row.symbol, row.kind)
    return next(
        (name for name, item in ids.items() if (item.symbol, item.kind) == about and difference_of(item) is not None),
        None,
    )


def break_id(cycle_id: str, item: TwoSided, rows: Sequence[BreakRow]) -> str:
    """The same for the same difference of a cycle; another one when it comes back after it was over."""
    before = sum(1 for row in rows if _same(item, row))
    whole = f"{item.kind}|{item.ours}|{item.theirs}|{before}"
    return f"{cycle_id}:{item.symbol or 'cash'}:{sha256(whole.encode()).hexdigest()[:8]}"


def _same(item: TwoSided, row: TwoSided) -> bool:
    return (item.symbol, item.kind, item.ours, item.theirs) == (row.symbol, row.kind, row.ours, row.theirs)


def _was_let_stand(item: TwoSided, row: BreakRow, standing: Standing) -> bool:
    if row.explained_by == OURSELVES or row.cycle_id not in standing.recent_cycles:
        return False
    if balance_id(row.break_id) in standing.entry_ids:
        return False
    apart = difference_of(item)
    about_the_same = (item.symbol, item.kind) == (row.symbol, row.kind) and apart == difference_of(row)
    return about_the_same if apart is not None else _same(item, row)


def _is_settled(row: BreakRow, fills: Sequence[Execution]) -> bool:
    """An older session's fill: over when we have theirs by now, or ours does not count any more."""
    if row.kind == BreakKind.MISSING_FILL:
        real = execution_of(row.theirs)
        return real is not None and real.execution_id in {f.execution_id for f in fills}
    mine = execution_of(row.ours)
    gone = superseded((f.execution_id, f.supersedes, f.at) for f in fills)
    return mine is not None and mine.execution_id in gone
