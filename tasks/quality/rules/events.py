"""A move on the day of a company event is no wrong price: its symbol is held still elsewhere, others go on. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tasks.model.plan import Finding, Severity
from tasks.ports.prices import CompanyEvent

MOVES = ("staying_jump", "bad_print")
NEAR = timedelta(days=4)
"""The price moves on the ex-date, or on the first session after it."""


def explained_by_events(findings: Sequence[Finding], events: Sequence[CompanyEvent]) -> list[Finding]:
    """The same findings; a move that would halt, and that an event of its symbol explains, is a warning."""
    return [_explained(finding, events) for finding in findings]


def _explained(finding: Finding, events: Sequence[CompanyEvent]) -> Finding:
    if finding.severity is not Severity.HALT or finding.check not in MOVES or finding.session is None:
        return finding
    day = finding.session
    event = next((e for e in events if e.symbol == finding.symbol and e.ex_date <= day <= e.ex_date + NEAR), None)
    if event is None:
        return finding
    name = event.kind.value.replace("_", " ")
    said = f"{finding.message}. Explained by the {name} of {event.ex_date} in {event.where.rstrip(',')}"
    return replace(finding, severity=Severity.WARN, check="explained_move", message=said)
