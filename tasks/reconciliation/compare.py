"""Our ledger and executions against the broker's word: every difference is a break, with its amount. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.executions import broker_id, last_words
from tasks.model.ledger import LedgerState
from tasks.model.orders import BrokerOrder, Execution
from tasks.reconciliation.break_text import NONE, summary_of, summary_of_line
from tasks.reconciliation.breaks import Break, BreakKind
from tasks.reconciliation.by_broker import summary_by_broker
from tasks.wording import dollars


def fill_breaks(ours: Sequence[Execution], earlier: frozenset[str], theirs: Sequence[Execution]) -> tuple[Break, ...]:
    """What one side lacks, then what the two tell differently; `earlier` need not be listed by the broker any more."""
    mine = {broker_id(fill.execution_id): fill for fill in last_words(ours)}
    on_record = {broker_id(fill.execution_id) for fill in ours}
    listed = {fill.execution_id: fill for fill in theirs}
    real = {fill.execution_id: fill for fill in last_words(theirs)}
    heard = listed.keys() | {fill.supersedes for fill in theirs}
    missing = [_missing(real[i], _corrected(real[i], mine, listed)) for i in sorted(real.keys() - on_record)]
    extra = [_extra(mine[i]) for i in sorted(mine.keys() - heard) if mine[i].execution_id not in earlier]
    both = [_two_sided(mine[i], real[i]) for i in sorted(real.keys() & mine.keys())]
    return tuple(found for found in (*missing, *extra, *both) if found is not None)


def terms(fill: Execution) -> str:
    """Everything of a fill in which two records can differ, as one text."""
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
        return Break(real.symbol, BreakKind.MISSING_FILL, NONE, summary_of(real), apart, sentence)
    what = "busts" if not real.shares else "corrects"
    sentence = f"{terms(real)}: the broker {what} what we have as {terms(mine)}"
    # It corrects what stands on our side, so that booking it alone is enough.
    theirs = summary_of(replace(real, supersedes=mine.execution_id))
    return Break(mine.symbol, BreakKind.MISSING_FILL, summary_of(mine), theirs, _apart(mine, real), sentence)


def _extra(mine: Execution) -> Break | None:
    if not mine.shares and not mine.fee:
        return None
    sentence = f"{terms(mine)}: the broker does not report it"
    return Break(mine.symbol, BreakKind.EXTRA_FILL, summary_of(mine), NONE, mine.shares * mine.price, sentence)


def _two_sided(mine: Execution, real: Execution) -> Break | None:
    """What differs between two reports of one execution; the times may, clocks and precision do."""
    if _value(mine) != _value(real) or (mine.symbol, mine.shares) != (real.symbol, real.shares):
        sentence = f"{terms(real)}: our ledger has {terms(mine)}"
        return Break(
            mine.symbol, BreakKind.CHANGED_FILL, summary_of(mine), summary_of(real), _apart(mine, real), sentence
        )
    if mine.fee != real.fee:
        sentence = f"{terms(real)}: the broker charges {dollars(real.fee)}, our ledger has {dollars(mine.fee)}"
        return Break(mine.symbol, BreakKind.FEE, summary_of(mine), summary_of(real), real.fee - mine.fee, sentence)
    return None


def _value(fill: Execution) -> Decimal:
    """USD, positive for a buy."""
    return fill.side.sign * fill.shares * fill.price


def _apart(mine: Execution, real: Execution) -> Decimal:
    return abs(_value(real) - _value(mine))


__all__ = ["Break", "BreakKind", "Ours", "Theirs", "cash_differs", "compare", "differing_symbols"]

ZERO = Decimal(0)
HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Ours:
    """Our side of a comparison: ledger and record, without asking anybody."""

    cash_usd: Decimal
    shares: Mapping[str, Decimal]
    fills: Sequence[Execution] = ()
    """Every execution on record, corrections too."""
    earlier: frozenset[str] = frozenset()
    """Ids of executions that the broker's list need not have any more."""
    open_orders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Orders that work, by our record: symbol by key."""
    unanswered_keys: frozenset[str] = frozenset()
    """Orders that may or may not be at the broker: neither answer is a break."""
    booked_lines: frozenset[str] = frozenset()
    """Statement lines that are in the ledger, by id."""
    parts: Mapping[str, LedgerState] = field(default_factory=dict[str, LedgerState])
    """Where the book trades at several brokers: the ledger of each, by its tag."""


@dataclass(frozen=True, slots=True)
class Theirs:
    """The broker's side, as it was asked at one moment."""

    account: AccountState
    executions: Sequence[Execution] = ()
    open_orders: Sequence[BrokerOrder] = ()
    statement: Sequence[StatementLine] = ()


def compare(ours: Ours, theirs: Theirs, prices: Mapping[str, Decimal]) -> tuple[Break, ...]:
    """All breaks, cash first, then by symbol; exact in shares, to the cent in cash."""
    return (
        *_cash(ours, theirs.account),
        *_shares(ours, theirs.account, prices),
        *fill_breaks(ours.fills, ours.earlier, theirs.executions),
        *_lines(ours.booked_lines, theirs.statement),
        *_orders(ours, theirs.open_orders),
    )


def differing_symbols(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Signed shares, theirs less ours, of every symbol in which they are not the same."""
    apart = {symbol: theirs.get(symbol, ZERO) - ours.get(symbol, ZERO) for symbol in sorted({*ours, *theirs})}
    return {symbol: shares for symbol, shares in apart.items() if shares}


def cash_differs(ours: Decimal, theirs: Decimal) -> bool:
    """From half a cent on: brokers round to the cent."""
    return abs(theirs - ours) >= HALF_A_CENT


def _cash(ours: Ours, theirs: AccountState) -> tuple[Break, ...]:
    mine, real = ours.cash_usd, theirs.cash
    if not cash_differs(mine, real):
        return ()
    difference = real - mine
    sentence = f"cash: the broker has {dollars(real)}, our ledger {dollars(mine)}: {dollars(difference, signed=True)}"
    sentence += summary_by_broker(None, theirs, ours.parts)
    return (Break(None, BreakKind.CASH, str(mine), str(real), difference, sentence),)


def _shares(ours: Ours, theirs: AccountState, prices: Mapping[str, Decimal]) -> tuple[Break, ...]:
    found: list[Break] = []
    for symbol, apart in differing_symbols(ours.shares, theirs.positions).items():
        mine, real = ours.shares.get(symbol, ZERO), theirs.positions.get(symbol, ZERO)
        amount = apart * prices[symbol] if symbol in prices else None
        sentence = f"{symbol}: the broker has {real} shares, our ledger {mine}: {apart:+}"
        sentence += summary_by_broker(symbol, theirs, ours.parts)
        found.append(Break(symbol, BreakKind.SHARES, str(mine), str(real), amount, sentence))
    return tuple(found)


def _lines(booked: frozenset[str], statement: Sequence[StatementLine]) -> tuple[Break, ...]:
    new = [line for line in statement if line.line_id not in booked and (line.shares or line.amount_usd)]
    return tuple(
        Break(
            line.symbol or None,
            BreakKind.STATEMENT,
            NONE,
            summary_of_line(line),
            line.amount_usd,
            f"{line.words} ({line.line_id}): not booked",
        )
        for line in sorted(new, key=lambda line: line.line_id)
    )


def _orders(ours: Ours, theirs: Sequence[BrokerOrder]) -> tuple[Break, ...]:
    """Orders that work on one side alone."""
    listed = {order.key: order for order in theirs}
    mine = ours.open_orders.keys() | ours.unanswered_keys
    extra = [
        Break(o.symbol, BreakKind.OPEN_ORDER, NONE, key, None, f"{o.symbol}: order {key} still works at the broker")
        for key, o in sorted(listed.items())
        if key not in mine
    ]
    lost = [
        Break(s, BreakKind.LOST_ORDER, key, NONE, None, f"{s}: order {key} works by our record, not at the broker")
        for key, s in sorted(ours.open_orders.items())
        if key not in listed
    ]
    return (*extra, *lost)
