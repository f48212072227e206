"""Books what the broker's statement lists: every line once, by the broker's id, however late it is posted."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from tasks.context import StepContext
from tasks.model.capabilities import StatementLine
from tasks.model.ledger_entries import line_row
from tasks.model.ledger_ids import NOTED, entry_id
from tasks.model.ledger_records import LedgerRow
from tasks.model.plan import Finding, Severity

LINES_BACK = timedelta(days=90)
"""How far back the statement is read for lines that were posted late; further where no session ran for longer."""


def book_statement(context: StepContext, *, but_shares_of: Collection[str] = ()) -> tuple[LedgerRow, ...]:
    """Book every listed line that the ledger lacks, dated as the broker dates it; returns those that are new.

    `but_shares_of` are symbols whose shares may not be moved now, because orders in them are on their way.
    """
    known = {entry.entry_id for entry in context.journal.books.entries(context.book.book, context.account)}
    lines = [line for line in listed_lines(context) if not (line.shares and line.symbol in but_shares_of)]
    rows = [line_row(context.book.book, context.account, line) for line in lines]
    new = tuple(row for row in rows if row.entry_id not in known)
    context.journal.books.record_entries(new)
    context.journal.cycles.record_findings(context.cycle, "statement", _late(context, new))
    return new


def listed_lines(context: StepContext) -> tuple[StatementLine, ...]:
    """The broker's lines that belong in the ledger, booked or not; none before the account is taken over."""
    entries = context.journal.books.entries(context.book.book, context.account)
    if not any(entry.kind == "opening" for entry in entries):
        return ()
    return context.broker.statement(_first_day(context, entries), context.session)


def _late(context: StepContext, new: Sequence[LedgerRow]) -> list[Finding]:
    """One for each line that is dated on a session which was valued without it."""
    valued = [day for day, _, _, _ in context.journal.books.valuations(context.book.book)]
    return [
        Finding(
            Severity.INFO,
            "posted_late",
            row.symbol or "cash",
            f"{row.because}: the broker dates it {row.at.date()} and posted it after the valuation of {max(valued)}. "
            f"That one stays as it was; the ledger has the line under its own date, and it counts from now on",
            row.symbol,
            context.session,
        )
        for row in new
        if valued and row.at.date() <= max(valued)
    ]


def known_lines(context: StepContext, at: datetime) -> list[LedgerRow]:
    """Rows of nothing for the lines which the opening balances hold already, so that what comes later is known as new.

    They are part of the opening, in one transaction with it: without them its first day's late lines would be lost.
    """
    book, account = context.book.book, context.account
    lines = [line.line_id for line in context.broker.statement(context.session - LINES_BACK, context.session)]
    why = "in the opening balances already"
    return [
        LedgerRow(entry_id(book, name), book, account, "opening", at, None, None, None, None, why)
        for name in (NOTED, *lines)
    ]


def _first_day(context: StepContext, entries: Sequence[LedgerRow]) -> date:
    """As far back as lines can be late; a book that noted no lines when it was opened begins on the day after that."""
    book = context.book.book
    earliest = context.session - LINES_BACK
    valued = [session for session, _, _, _ in context.journal.books.valuations(book) if session < context.session]
    if valued:
        earliest = min(earliest, max(valued) + timedelta(days=1))
    if any(entry.entry_id == entry_id(book, NOTED) for entry in entries):
        return earliest
    opened = max(entry.at.date() for entry in entries if entry.kind == "opening")
    return max(earliest, opened + timedelta(days=1))
