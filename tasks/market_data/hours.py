"""Compares a session's hours as the broker tells them with the exchange calendar's: pure."""

from datetime import date, datetime

from tasks.terms import Finding, Severity

Hours = tuple[datetime, datetime]


def hours_findings(session: date, broker: str, told: Hours, expected: Hours) -> list[Finding]:
    """A warning when they differ: orders follow the broker's hours, history and schedules the calendar's."""
    if told == expected:
        return []
    message = (
        f"session {session}: {broker} says {_span(told)} UTC, the exchange calendar {_span(expected)} UTC. Orders "
        "follow the broker's hours; ask the exchange which is right, and update exchange-calendars if it is not"
    )
    return [Finding(Severity.WARN, "session_hours", str(session), message, session=session)]


def _span(hours: Hours) -> str:
    return f"{hours[0]:%H:%M} to {hours[1]:%H:%M}"
