"""Commands by which a person answers: approve or refuse a plan, look at breaks and explain them."""

from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.book_file.recorded import recorded_book
from flows.commands.books import cycle_of, journal_here, name_of
from flows.opening import wall_clock
from tasks.approval.deciding import answer
from tasks.errors import ConfigError, NotApprovedError
from tasks.journal.books import BreakRow, LedgerRow
from tasks.journal.cycles import Cycle


def answer_plan(
    book: str, session: date | None, *, approved: bool, who: str, note: str, as_json: bool
) -> dict[str, Any]:
    """Record a yes or no to the newest plan, and wake the run that waits for it."""
    if not who.strip():
        raise ConfigError('--who is empty; say who answers, e.g. --who "Ada Byron"')
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session)
        plan = journal.decisions.newest_plan(cycle.cycle_id)
        if plan is None or plan.revision != cycle.attempt:
            raise NotApprovedError(f"{cycle.cycle_id} has no plan to answer; make one with `steelyard plan`")
        if journal.orders.orders(cycle.cycle_id):
            raise NotApprovedError(f"the orders of {cycle.cycle_id} are already being worked; nothing to answer")
        settings = recorded_book(cycle.book_text, cycle.book_file).approval
        now = _decision_clock(cycle, plan.body)
        said = answer(plan.plan_hash, approved=approved, who=who, note=note, now=now, settings=settings)
        journal.decisions.record_approval(cycle.cycle_id, said)
        request = journal.decisions.request(plan.plan_hash)
    woken = _wake(request[1], approved, who, note, plan.plan_hash) if request and request[1] else False
    told = {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "plan_hash": plan.plan_hash,
        "decision": said.decision,
        "who": said.who,
        "expires_at": said.expires_at.isoformat(),
        "run_resumed": woken,
    }
    if not as_json:
        then = (
            "the waiting run goes on"
            if woken
            else f"go on with: steelyard run {cycle.book_file} --session {cycle.session}"
        )
        Console().print(f"Plan {plan.plan_hash[:12]} of {cycle.cycle_id}: {said.decision} by {said.who}; {then}")
    return told


def _decision_clock(cycle: Cycle, body: Any) -> Any:
    """The clock an approval's expiry is measured by: the broker's, which a simulated day leaves in the past."""
    from datetime import datetime

    decided = datetime.fromisoformat(body["decided_at"])
    return decided if (wall_clock().date() - cycle.session).days > 1 else wall_clock()


def _wake(flow_run_id: str, approved: bool, who: str, note: str, plan_hash: str) -> bool:
    """Resume the suspended run of a deployment with the same answer its form would have given."""
    from flows.prefect_home import use_running_server

    if not use_running_server():
        return False
    from uuid import UUID

    from prefect.exceptions import PrefectException
    from prefect.flow_runs import resume_flow_run

    form = {"approve": approved, "who": who, "note": note, "plan_hash": plan_hash}
    try:
        resume_flow_run(UUID(flow_run_id), run_input=form)
    except PrefectException as error:
        Console(stderr=True).print(
            f"recorded; the run {flow_run_id} could not be resumed: {error}. Resume it in the UI"
        )
        return False
    return True


def show_breaks(book: str, *, as_json: bool) -> dict[str, Any]:
    with journal_here() as journal:
        name = cycle_of(journal, book, None).book
        rows = journal.books.breaks(name)
    if not as_json:
        Console().print(_breaks_table(rows) if rows else "no breaks: our ledger and the broker's agree")
    return {"book": name, "breaks": [_as_plain(row) for row in rows]}


def explain_break(book: str, break_id: str, who: str, because: str, *, book_it: bool, as_json: bool) -> dict[str, Any]:
    """Record the explanation of one break; with `book_it`, also the entry that makes the ledger agree."""
    if not who.strip() or not because.strip():
        raise ConfigError("--who and --because are both needed: an explanation without either explains nothing")
    with journal_here() as journal:
        rows = {row.break_id: row for row in journal.books.breaks(name_of(book))}
        if break_id not in rows:
            raise ConfigError(f"no break {break_id}; known: {', '.join(rows) or 'none'}")
        row = rows[break_id]
        if book_it and row.explained_by is None:
            account = next(c.account for c in journal.cycles.all(row.book) if c.cycle_id == row.cycle_id)
            journal.books.record_entries([balance_entry(row, account, because)])
        journal.books.explain(break_id, who.strip(), because.strip(), wall_clock())
    if not as_json:
        Console().print(f"{break_id}: explained by {who}; {row.symbol or 'cash'} is free again")
    return {"break_id": break_id, "explained_by": row.explained_by or who, "booked": book_it}


def balance_entry(row: BreakRow, account: str, because: str) -> LedgerRow:
    """The ledger entry that moves our figure to the broker's. Raises: ConfigError for a break without a figure."""
    from decimal import Decimal, InvalidOperation

    try:
        difference = Decimal(row.theirs) - Decimal(row.ours)
    except InvalidOperation as error:
        raise ConfigError(
            f"{row.break_id} is about {row.kind}, which has no figure to book; explain without --book-it"
        ) from error
    return LedgerRow(
        entry_id=f"balance:{row.break_id}",
        book=row.book,
        account=account,
        kind="balance",
        at=row.found_at,
        symbol=row.symbol,
        shares=difference if row.symbol else None,
        amount_usd=None if row.symbol else difference,
        price=None,
        because=because,
    )


def _breaks_table(rows: tuple[BreakRow, ...]) -> Table:
    table = Table(title="Breaks")
    for column in ("id", "what", "ours", "theirs", "USD", "explained"):
        table.add_column(column)
    for row in rows:
        said = f"{row.explained_by}: {row.because}" if row.explained_by else "[red]open, locked[/red]"
        table.add_row(row.break_id, row.sentence, row.ours, row.theirs, str(row.amount_usd or ""), said)
    return table


def _as_plain(row: BreakRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in BreakRow.__slots__}
