"""Which executions still count once corrections and busts are taken into account. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tasks.terms import Execution

ZERO = Decimal(0)
BOOKED = "~"
"""Stands in the id of a correction that a person booked, between the broker's own id and a digest."""

Report = tuple[str, str, datetime]
"""(id, id that it corrects or nothing, when)."""


def standing_executions(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """What counts, in the given order: no execution that was corrected, no bust (unless it cost a fee), none twice."""
    return tuple(e for e in last_words(executions) if e.shares or e.fee)


def last_words(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """The last report of every execution, busts included."""
    known = {e.execution_id: e for e in executions}
    gone = superseded((e.execution_id, e.supersedes, e.at) for e in known.values())
    return tuple(e for e in known.values() if e.execution_id not in gone)


def superseded(reports: Iterable[Report]) -> frozenset[str]:
    """Ids that no longer count.

    All corrections of one original, and corrections of those, are one family, whether the original has arrived or not.
    Of a family only one report stands: the end of its chain, and where several end it, the broker's word before a
    person's, then the newest.
    """
    known = {name: (before, at) for name, before, at in reports}
    if not any(before for before, _ in known.values()):
        return frozenset()
    families: dict[str, list[str]] = {}
    for name in known:
        families.setdefault(_root(name, known), []).append(name)
    return frozenset(gone for members in families.values() for gone in _all_but_the_last(members, known))


def _root(name: str, known: dict[str, tuple[str, datetime]]) -> str:
    seen = {name}
    while name in known and (before := known[name][0]):
        if before in seen:  # they correct each other: one family all the same
            return min(seen)
        seen.add(before)
        name = before
    return name


def _all_but_the_last(members: list[str], known: dict[str, tuple[str, datetime]]) -> list[str]:
    corrected = {known[name][0] for name in members}
    ends = [name for name in members if name not in corrected] or members
    last = max(ends, key=lambda name: (BOOKED not in name, known[name][1], name))
    return [name for name in members if name != last]
