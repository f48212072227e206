"""Executions on record against the executions that the broker lists, corrections and busts followed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.fills.standing import BOOKED, last_words
from tasks.reconciliation.found import Break
from tasks.reconciliation.kinds import BreakKind
from tasks.reconciliation.telling import NONE, told
from tasks.terms import Execution
from tasks.wording import dollars


def fill_breaks(ours: Sequence[Execution], earlier: frozenset[str], theirs: Sequence[Execution]) -> tuple[Break, ...]:
    """What one side lacks, then what the two tell differently; `earlier` need not be listed by the broker any more."""
    mine = {identity(fill): fill for fill in last_words(ours)}
    on_record = {identity(fill) for fill in ours}
    listed = {fill.execution_id: fill for fill in theirs}
    real = {fill.execution_id: fill for fill in last_words(theirs)}
    heard = listed.keys() | {fill.supersedes for fill in theirs}
    missing = [_missing(real[i], _corrected(real[i], mine, listed)) for i in sorted(real.keys() - on_record)]
    extra = [_extra(mine[i]) for i in sorted(mine.keys() - heard) if mine[i].execution_id not in earlier]
    both = [_two_sided(mine[i], real[i]) for i in sorted(real.keys() & mine.keys())]
    return tuple(found for found in (*missing, *extra, *both) if found is not None)


def identity(fill: Execution) -> str:
    """The broker's id of an execution, also where a person booked a correction of it."""
    return fill.execution_id.partition(BOOKED)[0]


def terms(fill: Execution) -> str:
    return f"{fill.side} {fill.shares} {fill.symbol} at {fill.price} ({fill.execution_id})"


def _corrected(fill: Execution, mine: Mapping[str, Execution], listed: Mapping[str, Execution]) -> Execution | None:
    """What stands on our side of the execution that this one corrects, over corrections that we never saw."""
    seen: set[str] = set()
    before = fill.supersedes
    while before and before not in mine and before in listed and before not in seen:
        seen.add(before)
        before = listed[before].supersedes
    return mine.get(before)


def _missing(real: Execution, mine: Execution | None) -> Break | None:
    if mine is None and not real.shares and not real.fee:
        return None  # a bust of something that we never had
    if mine is None:
        sentence, apart = f"{terms(real)}: only the broker has it", real.shares * real.price
        return Break(real.symbol, BreakKind.MISSING_FILL, NONE, told(real), apart, sentence)
    what = "busts" if not real.shares else "corrects"
    sentence = f"{terms(real)}: the broker {what} what we have as {terms(mine)}"
    # It corrects what stands on our side, so that booking it alone is enough.
    theirs = told(replace(real, supersedes=mine.execution_id))
    return Break(mine.symbol, BreakKind.MISSING_FILL, told(mine), theirs, _apart(mine, real), sentence)


def _extra(mine: Execution) -> Break | None:
    if not mine.shares and not mine.fee:
        return None
    sentence = f"{terms(mine)}: the broker does not report it"
    return Break(mine.symbol, BreakKind.EXTRA_FILL, told(mine), NONE, mine.shares * mine.price, sentence)


def _two_sided(mine: Execution, real: Execution) -> Break | None:
    """What differs between two reports of one execution; the times may, clocks and precision do."""
    if _value(mine) != _value(real) or (mine.symbol, mine.shares) != (real.symbol, real.shares):
        sentence = f"{terms(real)}: our ledger has {terms(mine)}"
        return Break(mine.symbol, BreakKind.CHANGED_FILL, told(mine), told(real), _apart(mine, real), sentence)
    if mine.fee != real.fee:
        sentence = f"{terms(real)}: the broker charges {dollars(real.fee)}, our ledger has {dollars(mine.fee)}"
        return Break(mine.symbol, BreakKind.FEE, told(mine), told(real), real.fee - mine.fee, sentence)
    return None


def _value(fill: Execution) -> Decimal:
    """USD, positive for a buy."""
    return fill.side.sign * fill.shares * fill.price


def _apart(mine: Execution, real: Execution) -> Decimal:
    return abs(_value(real) - _value(mine))
