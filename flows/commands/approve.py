"""Commands by which a person answers: approve or refuse a plan, look at breaks and explain them."""

from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.book_file.load import recorded_book
from flows.bootstrap import wall_clock
from flows.commands.approve_orders import orders_left, orders_named
from flows.commands.lookup import cycle_of, journal_here, name_of
from flows.commands.wake import why_not_woken
from tasks.approval.verdict import (
    ApprovalState,
    answer,
    decision_clock,
    objection,
    said_yes,
    standing_of,
)
from tasks.book.approval import ApprovalSettings
from tasks.errors import ConfigError, NotApprovedError
from tasks.journal import Journal
from tasks.liquidation.window import in_a_wide_band
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow
from tasks.model.plan_records import Approval
from tasks.model.typed_commands import goes_on_in_ui, goes_on_with, plans_session
from tasks.reconciliation.breaks import BreakKind
from tasks.reconciliation.close import NO_MONEY, SharesMoney
from tasks.reconciliation.explain import explain, explain_and_book
from tasks.wording import person, short_hash, spoken


def answer_one(
    book: str,
    session: date | None,
    *,
    refused: bool,
    held: bool,
    who: str,
    note: str,
    as_json: bool,
    kind: str,
    single: str = "",
    strike: str = "",
) -> dict[str, Any]:
    """As `answer_plan`. Raises: ConfigError for a no and a not yet at once, a not yet without a reason, or single
    orders beside either.
    """
    if refused and held:
        raise ConfigError("--refuse and --hold: a plan is refused or held; choose one")
    if held and not note.strip():
        raise ConfigError('--hold needs --note: say what the plan waits for, e.g. --note "after the earnings call"')
    is_yes = not refused and not held
    if not is_yes and (single.strip() or strike.strip()):
        raise ConfigError("--single and --strike say which orders of an approved plan go; leave --refuse or --hold out")
    return answer_plan(
        book,
        session,
        approved=is_yes,
        held=held,
        who=who,
        note=note,
        as_json=as_json,
        kind=kind,
        single=single,
        strike=strike,
    )


def answer_plan(
    book: str,
    session: date | None,
    *,
    approved: bool,
    who: str,
    note: str,
    as_json: bool,
    kind: str = "rebalance",
    held: bool = False,
    single: str = "",
    strike: str = "",
) -> dict[str, Any]:
    """Record a yes, a no or, `held`, a not yet to the newest plan, and wake the run that waits once it is answered.

    Of a yes, `single` names orders that go and `strike` those that do not (`understood`).
    """
    if not spoken(who):
        raise ConfigError('--who is empty; say who answers, e.g. --who "Ada Byron"')
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        plan = journal.decisions.newest_plan(cycle.cycle_id)
        if plan is None or plan.revision != cycle.attempt:
            raise NotApprovedError(f"{cycle.cycle_id} has no plan to answer; make one with `{plans_session(cycle)}`")
        recorded = recorded_book(cycle.book_text, cycle.book_file)
        settings = in_a_wide_band(recorded.approval) if kind == "liquidation" else recorded.approval
        now = decision_clock(cycle.session, datetime.fromisoformat(plan.body["decided_at"]), wall_clock())
        _must_count(journal, cycle, plan.plan_hash, now, settings, approved=approved)
        _must_be_another(journal, plan.plan_hash, who, now, settings, approved=approved)
        if held:
            _must_be_open(journal, plan.plan_hash, now, settings)
        orders = orders_named(cycle, plan, settings, single, strike, note) if approved else {}
        said = answer(
            plan.plan_hash, approved=approved, who=who, note=note, now=now, settings=settings, held=held, orders=orders
        )
        journal.decisions.record_approval(cycle.cycle_id, said)
        answers = journal.decisions.answers(plan.plan_hash)
        stands = standing_of(answers, plan.plan_hash, now, settings)
        request = journal.decisions.request(plan.plan_hash)
    is_answered = stands.standing is not ApprovalState.OPEN
    run = request[1] if request and is_answered else ""  # empty where the question was put on a terminal
    lost = why_not_woken(run, said) if run else ""
    woken = bool(run) and not lost
    left = orders_left(cycle, plan, answers, settings, now) if approved and is_answered else {}
    goes_on = _next(cycle, said, recorded.mode, in_ui=bool(run))
    told = {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "plan_hash": plan.plan_hash,
        "decision": said.decision,
        "who": said.who,
        "expires_at": said.expires_at.isoformat(),
        "orders": dict(said.orders),
        "refused_orders": left,
        "run_resumed": woken,
        "run_lost": lost,
        "next": "" if woken else goes_on if is_answered else stands.sentence,
    }
    if not as_json:
        _print(cycle, said, told)
    return told


def _print(cycle: Cycle, said: Approval, told: dict[str, Any]) -> None:
    console = Console()
    then = told["next"] or "the waiting run goes on"
    lost = f"no run was woken: {told['run_lost']}; " if told["run_lost"] else ""
    console.print(
        f"Plan {short_hash(said.plan_hash)} of {cycle.cycle_id}: {said.decision} by {said.who}; {lost}{then}",
        soft_wrap=True,
    )
    for sentence in told["refused_orders"].values():
        console.print(f"  {sentence}", soft_wrap=True, markup=False)


def _must_be_open(journal: Journal, plan_hash: str, now: datetime, settings: ApprovalSettings) -> None:
    """Raises: NotApprovedError for a plan that has its yes: to hold it would not keep it back."""
    stands = standing_of(journal.decisions.answers(plan_hash), plan_hash, now, settings)
    if stands.standing is ApprovalState.YES:
        raise NotApprovedError(
            f"plan {short_hash(plan_hash)} is {stands.sentence}: to hold it would not keep it back; to refuse it does"
        )


def _must_be_another(
    journal: Journal, plan_hash: str, who: str, now: datetime, settings: ApprovalSettings, *, approved: bool
) -> None:
    """Raises: NotApprovedError for a person who has said one of two yeses already."""
    known = said_yes(journal.decisions.answers(plan_hash), now)
    if settings.four_eyes and approved and person(who) in known:
        raise NotApprovedError(
            f"plan {short_hash(plan_hash)}: {who.strip()} has said yes already, and this book asks for a second person "
            "(approval.four_eyes): have somebody else approve it"
        )


def _must_count(
    journal: Journal, cycle: Cycle, plan_hash: str, now: datetime, settings: ApprovalSettings, *, approved: bool
) -> None:
    """Raises: NotApprovedError for an answer that nothing would come of; nothing is recorded then."""
    why = objection(
        standing_of(journal.decisions.answers(plan_hash), plan_hash, now, settings),
        status=cycle.status,
        message=cycle.message,
        has_orders=bool(journal.orders.orders(cycle.cycle_id)),
        approved=approved,
        book=cycle.book,
        anew=plans_session(cycle),
    )
    if why:
        raise NotApprovedError(f"plan {short_hash(plan_hash)} of {cycle.cycle_id}: {why}")


def _next(cycle: Cycle, said: Approval, mode: str, *, in_ui: bool) -> str:
    """What a person does after an answer that woke no run; `mode` is the book's own. Of a run of the UI, there too."""
    if said.decision != "approved":
        return f"holdings stand. `{plans_session(cycle)}` makes a new plan"
    until = f"until {said.expires_at:%Y-%m-%d %H:%M} UTC by the session's own clock"
    there = f", or in the UI: {goes_on_in_ui(cycle, mode)}" if in_ui else ""
    return f"it holds {until}; go on with: {goes_on_with(cycle, mode)}{there}"


def show_breaks(book: str, *, as_json: bool) -> dict[str, Any]:
    with journal_here() as journal:
        name = cycle_of(journal, book, None).book
        rows = tuple(sorted(journal.books.breaks(name), key=lambda row: row.kind == BreakKind.CASH))
    if not as_json:
        Console().print(_breaks_table(rows) if rows else "no breaks: our ledger and the broker's agree")
        if any(row.explained_by is None for row in rows):
            Console().print(_explains(name), soft_wrap=True, markup=False, highlight=False)
    return {"book": name, "breaks": [_as_plain(row) for row in rows]}


def _explains(book: str) -> str:
    return (
        f'Explain one by its id: `steelyard explain {book} BREAK --book-it --who "your name" --because "..."`; '
        "without --book-it the ledger stays as it is"
    )


def explain_break(
    book: str,
    break_id: str,
    who: str,
    because: str,
    *,
    book_it: bool,
    as_json: bool,
    money: SharesMoney = NO_MONEY,
) -> dict[str, Any]:
    """Record the explanation of one break; with `book_it`, also the entry that makes the ledger agree."""
    who, because = spoken(who), spoken(because)
    if not who or not because:
        raise ConfigError("--who and --because are both needed: an explanation without either explains nothing")
    with journal_here() as journal:
        rows = {row.break_id: row for row in journal.books.breaks(name_of(book))}
        if break_id not in rows:
            raise ConfigError(f"no break {break_id}; known: {', '.join(rows) or 'none'}")
        closed = _closed(journal, rows[break_id], who, because, book_it=book_it, money=money)
        now = {row.break_id: row for row in journal.books.breaks(name_of(book))}
        locked = {row.symbol or "cash" for row in now.values() if row.explained_by is None}
    if not as_json:
        for name in closed:
            about = rows[name].symbol or "cash"
            then = "stays locked by another break" if about in locked else "is free again"
            Console().print(f"{name}: explained by {who}; {about} {then}", soft_wrap=True)
        if break_id not in closed:
            Console().print(f"{break_id}: closes with the next comparison: what explains it is booked", soft_wrap=True)
    return {"break_id": break_id, "explained_by": now[break_id].explained_by, "booked": book_it, "closed": list(closed)}


def _closed(
    journal: Journal, row: BreakRow, who: str, because: str, *, book_it: bool, money: SharesMoney
) -> tuple[str, ...]:
    """Ids of the breaks that are closed by this word; a break that is explained already keeps its first word."""
    if row.explained_by is not None:
        return (row.break_id,)
    if money != NO_MONEY and not book_it:
        raise ConfigError("--proceeds-usd and --cost-usd book what shares brought or cost: give --book-it with them")
    if not book_it:
        return explain(journal, row, who, because, wall_clock())
    cycle = next(c for c in journal.cycles.all(row.book) if c.cycle_id == row.cycle_id)
    broker = recorded_book(cycle.book_text, cycle.book_file).broker.name
    return explain_and_book(journal, row, broker, who, because, wall_clock, money)


def _breaks_table(rows: tuple[BreakRow, ...]) -> Table:
    table = Table(title="Breaks")
    for column in ("id", "cause", "what", "USD", "explained"):
        table.add_column(column)
    for row in rows:
        said = f"{row.explained_by}: {row.because}" if row.explained_by else "[red]open, locked[/red]"
        amount = "" if row.amount_usd is None else f"{row.amount_usd:,.2f}"
        table.add_row(row.break_id, row.cause.replace("_", " "), row.sentence, amount, said)
    return table


def _as_plain(row: BreakRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in BreakRow.__slots__}
