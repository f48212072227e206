"""What the rows of a session that never change say of the one row that does: its cycle. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tasks.model.cycle import REPORT_STEP, Cycle, cycle_id_of
from tasks.model.typed_commands import works_session

PLAN_STEP = "orders"
PLANNED = ("planned", "waiting")
"""Statuses of a session that has a plan and no report."""
FROM_BACKUP = "restore it from a backup"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try of a session began; tries count up from 1."""

    attempt: int
    mode: str
    book_file: str
    book_sha256: str
    book_text: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """The chained rows of one session that its cycle is held against."""

    attempts: tuple[Attempt, ...]
    """The first one first; empty in a session that is older than the table."""
    steps: frozenset[tuple[int, str]]
    """(attempt, step) of everything that was finished."""
    words: frozenset[str]
    """`cancelled`, `resumed`: what people said of the session."""
    account: str | None
    """Of the newest plan; None without one."""


def mismatches(cycle: Cycle, record: SessionRecord) -> Iterator[str]:
    """A sentence with its remedy for every column that says what the chained rows do not.

    `message` and `changed_at` rest on no other row, nor does why a session without a report stopped.
    """
    named = cycle_id_of(cycle.book, cycle.session, cycle.kind)
    if cycle.cycle_id != named:
        yield f"its book, session and kind are those of {named}; {FROM_BACKUP}"
    if record.account is not None and cycle.account != record.account:
        yield f"account is {cycle.account}, its plan was made for {record.account}; {FROM_BACKUP}"
    if record.attempts:
        yield from _attempted(cycle, record.attempts[0], record.attempts[-1])
    yield from _status(cycle, record)


def _attempted(cycle: Cycle, first: Attempt, newest: Attempt) -> Iterator[str]:
    if cycle.attempt != newest.attempt:
        yield f"attempt is {cycle.attempt}, the newest on record is {newest.attempt}; {FROM_BACKUP}"
    if cycle.created_at != first.began_at:
        began, told = first.began_at.isoformat(), cycle.created_at.isoformat()
        yield f"created_at is {told}, its first attempt began at {began}; {FROM_BACKUP}"
    for name in ("mode", "book_file", "book_sha256"):
        told, known = getattr(cycle, name), getattr(newest, name)
        if told != known:
            yield f"{name} is {told}, attempt {newest.attempt} was decided with {known}; {FROM_BACKUP}"
    if cycle.book_text != newest.book_text:
        yield f"book_text is not what attempt {newest.attempt} was decided with; {FROM_BACKUP}"


def _status(cycle: Cycle, record: SessionRecord) -> Iterator[str]:
    """A report ends a session, in one transaction with its status; only a person's word is obeyed beside it."""
    told, step = f"status is {cycle.status}", f"of attempt {cycle.attempt}"
    reported, planned = ((cycle.attempt, name) in record.steps for name in (REPORT_STEP, PLAN_STEP))
    if cycle.status == "done" and not reported:
        yield f"{told}, and no step `{REPORT_STEP}` {step} is on record, so it never was; {FROM_BACKUP}"
    elif cycle.status == "cancelled" and "cancelled" not in record.words:
        yield f"{told}, and nobody's word that cancels it is on record; {FROM_BACKUP}"
    elif cycle.status in PLANNED and not planned:
        yield f"{told}, and no step `{PLAN_STEP}` {step} is on record, so it had no plan; {FROM_BACKUP}"
    elif cycle.status != "done" and reported and (cycle.status in PLANNED or not record.words):
        yield (
            f"{told}, and its step `{REPORT_STEP}` is on record, so it was done; `{works_session(cycle)}` finds that "
            "nothing is left to do and says so, or a backup restores it"
        )
