"""Our ledger against the broker's word: every difference is a break, with its amount. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tasks.brokers.protocol import StatementLine
from tasks.fills.ledger import LedgerState
from tasks.reconciliation.compare_fills import fill_breaks
from tasks.reconciliation.found import Break
from tasks.reconciliation.kinds import BreakKind
from tasks.reconciliation.parts import told_by_part
from tasks.reconciliation.telling import NONE, told_line
from tasks.terms import AccountState, BrokerOrder, Execution
from tasks.wording import dollars

__all__ = ["Break", "BreakKind", "Ours", "Theirs", "cash_differs", "compare", "differing_symbols"]

ZERO = Decimal(0)
HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Ours:
    cash_usd: Decimal
    shares: Mapping[str, Decimal]
    fills: Sequence[Execution] = ()
    """Every execution on record, corrections too."""
    earlier: frozenset[str] = frozenset()
    """Ids of executions that the broker's list need not have any more."""
    open_orders: Mapping[str, str] = field(default_factory=dict)
    """Orders that work, by our record: symbol by key."""
    unanswered_keys: frozenset[str] = frozenset()
    """Orders that may or may not be at the broker: neither answer is a break."""
    booked_lines: frozenset[str] = frozenset()
    """Statement lines that are in the ledger, by id."""
    parts: Mapping[str, LedgerState] = field(default_factory=dict)
    """Where the book trades at several brokers: the ledger of each, by its tag."""


@dataclass(frozen=True, slots=True)
class Theirs:
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
    return abs(theirs - ours) >= HALF_A_CENT


def _cash(ours: Ours, theirs: AccountState) -> tuple[Break, ...]:
    mine, real = ours.cash_usd, theirs.cash
    if not cash_differs(mine, real):
        return ()
    difference = real - mine
    sentence = f"cash: the broker has {dollars(real)}, our ledger {dollars(mine)}: {dollars(difference, signed=True)}"
    sentence += told_by_part(None, theirs, ours.parts)
    return (Break(None, BreakKind.CASH, str(mine), str(real), difference, sentence),)


def _shares(ours: Ours, theirs: AccountState, prices: Mapping[str, Decimal]) -> tuple[Break, ...]:
    found = []
    for symbol, apart in differing_symbols(ours.shares, theirs.positions).items():
        mine, real = ours.shares.get(symbol, ZERO), theirs.positions.get(symbol, ZERO)
        amount = apart * prices[symbol] if symbol in prices else None
        sentence = f"{symbol}: the broker has {real} shares, our ledger {mine}: {apart:+}"
        sentence += told_by_part(symbol, theirs, ours.parts)
        found.append(Break(symbol, BreakKind.SHARES, str(mine), str(real), amount, sentence))
    return tuple(found)


def _lines(booked: frozenset[str], statement: Sequence[StatementLine]) -> tuple[Break, ...]:
    new = [line for line in statement if line.line_id not in booked and (line.shares or line.amount_usd)]
    return tuple(
        Break(
            line.symbol or None,
            BreakKind.STATEMENT,
            NONE,
            told_line(line),
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
