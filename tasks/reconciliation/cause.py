"""Why something differs, from evidence alone: executions, keys and statement lines, to the cent. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tasks.model.client_order_ids import is_by_the_broker
from tasks.reconciliation.break_text import COMPARE_AGAIN, execution_of, line_of
from tasks.reconciliation.breaks import BreakKind, Cause
from tasks.reconciliation.compare import cash_differs
from tasks.reconciliation.effects import TwoSided, difference_of, effect_of

ZERO = Decimal(0)
OF_LINES = {"dividend": Cause.DIVIDEND, "split": Cause.SPLIT, "fee": Cause.FEE}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why there is a break, as far as the evidence says."""

    cause: Cause
    sentence: str
    """The evidence, and what to do next."""


def cause_of(
    item: TwoSided, found: Sequence[TwoSided], own_keys: Collection[str], *, lists_statement: bool = True
) -> Verdict:
    """Of one break among all that were found together.

    A fill, a line or an order speaks for itself. Shares and cash have a cause only when what was found beside them adds
    up to exactly their difference; otherwise it is unknown. `own_keys` are the keys of our own journal.
    """
    if item.kind in (BreakKind.SHARES, BreakKind.CASH):
        verdict = _by_sum(item, found, own_keys)
        return verdict if lists_statement or verdict.cause is not Cause.UNKNOWN else _unlisted(verdict)
    if item.kind == BreakKind.OPEN_ORDER:
        return _open_order(item, own_keys)
    if item.kind == BreakKind.LOST_ORDER:
        return Verdict(Cause.OPEN_ORDER, "look at the broker's order list; it closes once both sides say the same")
    if item.kind == BreakKind.STATEMENT:
        cause = OF_LINES.get(line_of(item.theirs).kind, Cause.UNKNOWN)
        return Verdict(
            cause,
            "the broker's statement says so; the next session of the book books it by itself, --book-it books it now",
        )
    return _of_fill(item, own_keys)


def evidence_for(item: TwoSided, found: Sequence[TwoSided]) -> tuple[tuple[TwoSided, ...], bool]:
    """The other breaks that touch a shares or cash break, and whether they add up to exactly its difference."""
    touching = [(other, _part(item, other)) for other in found]
    evidence = tuple(other for other, part in touching if part)
    total, difference = sum((part for _, part in touching), ZERO), difference_of(item)
    if not evidence or difference is None:
        return evidence, False
    matches = total == difference if item.kind == BreakKind.SHARES else not cash_differs(total, difference)
    return evidence, matches


def _part(item: TwoSided, other: TwoSided) -> Decimal:
    """How much of a shares or cash break another break brings with it."""
    effect = effect_of(other)
    if item.kind == BreakKind.CASH:
        return effect.cash_usd
    return effect.shares.get(item.symbol or "", ZERO)


def _by_sum(item: TwoSided, found: Sequence[TwoSided], own_keys: Collection[str]) -> Verdict:
    evidence, matches = evidence_for(item, found)
    if not evidence:
        return Verdict(
            Cause.UNKNOWN,
            "nothing that the broker lists explains it; find out why, then explain it, with --book-it "
            "when our ledger is to follow, and --proceeds-usd where shares left for money",
        )
    names = ", ".join(_name(other) for other in evidence)
    if not matches:
        return Verdict(Cause.UNKNOWN, f"{names} would explain only some of it; book that first and {COMPARE_AGAIN}")
    largest = max(evidence, key=lambda other: abs(_part(item, other)))
    cause = cause_of(largest, found, own_keys).cause
    return Verdict(cause, f"exactly what {names} would bring; book that, and this closes with it")


def _unlisted(verdict: Verdict) -> Verdict:
    """Where a broker's connection lists no statement, its absence proves nothing."""
    words = (
        "this broker's connection lists no dividends, splits, fees or deposits: look at the account's statement at the "
        "broker"
    )
    return replace(verdict, sentence=f"{words}; {verdict.sentence}")


def _name(other: TwoSided) -> str:
    if other.kind == BreakKind.STATEMENT:
        return line_of(other.theirs).line_id
    fill = execution_of(other.theirs) or execution_of(other.ours)
    assert fill is not None, "a fill's break has the fill on one side"
    return fill.execution_id


def _open_order(item: TwoSided, own_keys: Collection[str]) -> Verdict:
    whose = "our record says that it is over" if item.theirs in own_keys else "its key is not ours"
    return Verdict(Cause.OPEN_ORDER, f"{whose}; cancel it at the broker, then {COMPARE_AGAIN}")


def _of_fill(item: TwoSided, own_keys: Collection[str]) -> Verdict:
    real = execution_of(item.theirs)
    if real is None:
        return Verdict(
            Cause.UNKNOWN, "the broker gives no reason; ask it, then explain with --book-it to take the fill out"
        )
    if item.kind == BreakKind.FEE:
        return Verdict(Cause.FEE, "explain it with --book-it to take over the broker's fee")
    if item.kind == BreakKind.CHANGED_FILL or real.supersedes:
        return Verdict(Cause.BUST_OR_CORRECTION, "explain it with --book-it to take over the broker's report")
    if is_by_the_broker(real.key):
        return Verdict(
            Cause.BROKER_LIQUIDATION,
            f"key {real.key}: the broker traded by itself; ask it why before anything is "
            "traded, then explain with --book-it",
        )
    if real.key not in own_keys:
        return Verdict(
            Cause.MANUAL_TRADE,
            f"key {real.key or '(none)'} is not ours: somebody trades in this account; find out "
            "who, then explain with --book-it",
        )
    return Verdict(Cause.MISSED_FILL, "it has our key: the next collection takes it over, or --book-it")
