"""Mergers, renames, spin-offs and delistings that the ledger lacks stop their symbol until a person acts. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from tasks.model.ledger_records import LedgerRow
from tasks.model.plan import Finding, Severity
from tasks.ports.prices import CompanyEvent, EventKind

ZERO = Decimal(0)
EARLY = timedelta(days=10)
"""The broker may move shares some days before the date on file."""
WORDS = {
    EventKind.MERGER: ("a merger", "shares become cash or another company's"),
    EventKind.RENAME: ("a rename", "shares go on under another symbol"),
    EventKind.SPIN_OFF: ("a spin-off", "a part of the price goes into new shares"),
    EventKind.DELISTING: ("a delisting", "shares can no longer be traded"),
    EventKind.UNIT_SPLIT: ("a unit split", "a unit becomes shares and warrants"),
    EventKind.FOREIGN_DIVIDEND: ("a dividend in another currency", "a part of the price is paid out"),
}
"""How a person calls it, and what it does."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What to hold still, each with its sentence, and everything that is told."""

    locked: Mapping[str, str] = field(default_factory=dict[str, str])
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What the book has and wishes when it is asked."""

    book: str
    entries: Sequence[LedgerRow]
    shares: Mapping[str, Decimal]
    """Signed, by our ledger."""
    universe: Collection[str]
    """What the book would buy."""
    decided: Collection[str]
    """In limits.no_buy or limits.must_exit, or written off: a person has said what becomes of it."""
    weights: str = ""
    """The setting from which a symbol that leaves a tracking book has to be taken too; empty where there is none."""
    costs: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """What the shares of a symbol cost, signed USD."""


def company_events_noted(events: Sequence[CompanyEvent], at: Standing) -> Noted:
    """Of a book's symbols. What happened before it was opened is in what it took over, unless it distorts prices."""
    opened = max((e.at.date() for e in at.entries if e.kind == "opening"), default=date.max)
    locked, findings = dict[str, str](), list[Finding]()
    for event in (one for one in events if one.distorts or one.ex_date >= opened):
        stops = _stops(event, at)
        message = _sentence(event, at, stops=stops)
        findings.append(
            Finding(Severity.WARN if stops else Severity.INFO, event.kind.value, event.symbol, message, event.symbol)
        )
        if stops:
            locked[event.symbol] = message
    return Noted(locked, findings)


def _stops(event: CompanyEvent, at: Standing) -> bool:
    """A spin-off leaves a share that may be bought; the other kinds leave none under this symbol."""
    if event.symbol in at.decided:
        return False
    if event.distorts:
        return bool(at.shares.get(event.symbol, ZERO)) or event.symbol in at.universe
    if at.shares.get(event.symbol, ZERO):
        return not _is_booked(event, at.entries)
    return event.kind is not EventKind.SPIN_OFF and event.symbol in at.universe


def _is_booked(event: CompanyEvent, entries: Sequence[LedgerRow]) -> bool:
    """By a person or the statement: in its own symbol, or, after a spin-off, shares of a symbol that came new."""
    moved = [e for e in entries if e.shares and e.kind in ("split", "balance") and e.at.date() > event.ex_date - EARLY]
    known = {e.symbol for e in entries if e.at.date() <= event.ex_date - EARLY or e.kind == "opening"}
    comes_new = event.kind is EventKind.SPIN_OFF
    return any(e.symbol == event.symbol or (comes_new and e.symbol not in known) for e in moved)


def _sentence(event: CompanyEvent, at: Standing, *, stops: bool) -> str:
    name, does = WORDS[event.kind]
    told = f"{event.symbol}: {event.where} has {name} of {event.ex_date} ({does})"
    too = f" (and out of {at.weights})" if at.weights else ""
    if not stops:
        return f"{told}; {_why_not(event, at)}"
    if event.distorts:
        return (
            f"{told}, which raw prices cannot be adjusted for: they show a move that nobody earned or lost. It is not "
            f"traded, other symbols go on. Set data.adjustment: split_and_dividend, or take {event.symbol} out of the "
            f"universe{too}. What the broker shows of it is booked with `steelyard explain {at.book} BREAK --book-it "
            f'--who "your name" --because "..."`'
        )
    held = at.shares.get(event.symbol, ZERO)
    if not held:
        return (
            f"{told}. It is not bought. Take {event.symbol} out of the universe{too} and name its new symbol there if "
            f"it has one, or take the row out of data.actions_path if this is another company"
        )
    return (
        f"{told}, and our ledger does not: nothing moves in the {held:f} shares held, other symbols go on. When the "
        f'broker shows what came of them, book it with `steelyard explain {at.book} BREAK --book-it --who "your name" '
        f'--because "..."` (`steelyard breaks {at.book}` names each break; {_money(event, at)}), and name a new '
        f"symbol in the universe if it shall be held. Or say now what becomes of it: in limits.no_buy {event.symbol} "
        f"can only be reduced, in limits.must_exit it is sold{_without_weight(at)}. If the row is wrong, take it out "
        f"of data.actions_path"
    )


def _money(event: CompanyEvent, at: Standing) -> str:
    """Which figures go with it, so that no gain is shown that nobody made."""
    cost = at.costs.get(event.symbol)
    known = f", of the {cost:.2f} that {event.symbol} cost" if cost else ""
    return f"with --proceeds-usd for what shares brought that left, with --cost-usd for what new ones cost{known}"


def _without_weight(at: Standing) -> str:
    return f" (take its weight out of {at.weights} too)" if at.weights else ""


def _why_not(event: CompanyEvent, at: Standing) -> str:
    if event.symbol in at.decided:
        return "a person has said what becomes of it (limits.no_buy, limits.must_exit or written off)"
    return "booked already" if at.shares.get(event.symbol, ZERO) else "not held, nothing to do"
