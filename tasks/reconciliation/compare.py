"""Our ledger against the broker's word: every difference is a break, with its amount. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from tasks.terms import AccountState, BrokerOrder, Execution

ZERO = Decimal(0)


class BreakKind(StrEnum):
    SHARES = "shares"
    CASH = "cash"
    MISSING_FILL = "missing_fill"
    """The broker reports an execution that we do not have."""
    EXTRA_FILL = "extra_fill"
    """We have a fill that the broker does not report."""
    CHANGED_FILL = "changed_fill"
    """Both have the execution, with other terms: symbol, side, shares or price."""
    FEE = "fee"
    """Both have the execution, with another fee."""
    OPEN_ORDER = "open_order"
    """An order works at the broker although the session is over, or is not ours."""


@dataclass(frozen=True, slots=True)
class Break:
    symbol: str | None
    """None is cash."""
    kind: BreakKind
    ours: str
    theirs: str
    amount_usd: Decimal | None
    """What it is worth, None where nobody can say.

    Cash, shares (at the last price) and fees: theirs less ours. A fill that one side lacks: its value, unsigned. A
    changed fill: how far the two values are apart, unsigned.
    """
    sentence: str


@dataclass(frozen=True, slots=True)
class Ours:
    cash_usd: Decimal
    shares: Mapping[str, Decimal]
    fills: Sequence[Execution] = ()
    open_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Theirs:
    account: AccountState
    executions: Sequence[Execution] = ()
    open_orders: Sequence[BrokerOrder] = ()


def compare(ours: Ours, theirs: Theirs, prices: Mapping[str, Decimal]) -> tuple[Break, ...]:
    """All breaks, cash first, then by symbol; exact in shares, to the cent in cash."""
    return (
        *_cash(ours.cash_usd, theirs.account.cash),
        *_shares(ours.shares, theirs.account.positions, prices),
        *_fills(ours.fills, theirs.executions),
        *_open_orders(ours.open_keys, theirs.open_orders),
    )


def _cash(ours: Decimal, theirs: Decimal) -> tuple[Break, ...]:
    difference = theirs - ours
    if abs(difference) < Decimal("0.005"):
        return ()
    sentence = f"cash: the broker has ${theirs:,.2f}, our ledger ${ours:,.2f}: ${difference:+,.2f}"
    return (Break(None, BreakKind.CASH, str(ours), str(theirs), difference, sentence),)


def _shares(
    ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal], prices: Mapping[str, Decimal]
) -> tuple[Break, ...]:
    found = []
    for symbol in sorted({*ours, *theirs}):
        mine, real = ours.get(symbol, ZERO), theirs.get(symbol, ZERO)
        if mine != real:
            amount = (real - mine) * prices[symbol] if symbol in prices else None
            sentence = f"{symbol}: the broker has {real} shares, our ledger {mine}: {real - mine:+}"
            found.append(Break(symbol, BreakKind.SHARES, str(mine), str(real), amount, sentence))
    return tuple(found)


def _fills(ours: Sequence[Execution], theirs: Sequence[Execution]) -> tuple[Break, ...]:
    mine, real = {f.execution_id: f for f in ours}, {f.execution_id: f for f in theirs}
    missing = [_one_sided(real[i], BreakKind.MISSING_FILL) for i in sorted(real.keys() - mine.keys())]
    extra = [_one_sided(mine[i], BreakKind.EXTRA_FILL) for i in sorted(mine.keys() - real.keys())]
    both = [_two_sided(mine[i], real[i]) for i in sorted(real.keys() & mine.keys())]
    return (*missing, *extra, *(found for pair in both for found in pair))


def _one_sided(fill: Execution, kind: BreakKind) -> Break:
    at_broker = kind is BreakKind.MISSING_FILL
    sentence = f"{_terms(fill)}: {'only the broker has it' if at_broker else 'the broker does not report it'}"
    sides = ("none", _terms(fill)) if at_broker else (_terms(fill), "none")
    return Break(fill.symbol, kind, *sides, fill.shares * fill.price, sentence)


def _two_sided(mine: Execution, real: Execution) -> tuple[Break, ...]:
    """What differs between two reports of one execution; the times may, clocks and precision do."""
    found = []
    if _value(mine) != _value(real) or (mine.symbol, mine.shares) != (real.symbol, real.shares):
        sentence = f"{_terms(real)}: our ledger has {_terms(mine)}"
        apart = abs(_value(real) - _value(mine))
        found.append(Break(mine.symbol, BreakKind.CHANGED_FILL, _terms(mine), _terms(real), apart, sentence))
    if mine.fee != real.fee:
        sentence = f"{_terms(real)}: the broker charges ${real.fee:,.2f}, our ledger has ${mine.fee:,.2f}"
        sides = (f"{mine.fee} USD", f"{real.fee} USD")
        found.append(Break(mine.symbol, BreakKind.FEE, *sides, real.fee - mine.fee, sentence))
    return tuple(found)


def _value(fill: Execution) -> Decimal:
    """USD, positive for a buy."""
    return fill.side.sign * fill.shares * fill.price


def _terms(fill: Execution) -> str:
    return f"{fill.side} {fill.shares} {fill.symbol} at {fill.price} ({fill.execution_id})"


def _open_orders(expected: frozenset[str], theirs: Sequence[BrokerOrder]) -> tuple[Break, ...]:
    return tuple(
        Break(
            o.symbol, BreakKind.OPEN_ORDER, "none", o.key, None, f"{o.symbol}: order {o.key} still works at the broker"
        )
        for o in sorted(theirs, key=lambda o: o.key)
        if o.key not in expected
    )
