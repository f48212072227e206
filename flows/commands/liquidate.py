"""`steelyard liquidate`: bring a book to zero, with a plan, a name and the same execution as any other trade."""

from datetime import date
from pathlib import Path
from typing import Any, Literal, cast

from rich.console import Console

from flows.book_file import load_book
from flows.commands.interrupt import left_at_interrupt
from flows.commands.lookup import check_early, must_be_worked_here
from flows.commands.on_record import plan_of_run
from flows.commands.plan_shown import show_plan
from flows.commands.startup import warmed_up
from flows.prefect_home import prepare_environment
from tasks.errors import ConfigError
from tasks.journal.halts import resumed_by
from tasks.plan.plan_list import PlanList, as_plain

APPROVALS = ("by_name", "manual")


def liquidate_book(
    book: Path,
    session: date | None,
    who: str,
    because: str,
    symbols: str | None,
    mode: str,
    *,
    plan_only: bool,
    as_json: bool,
) -> dict[str, Any]:
    """One run of the flow; returns its summary with the list of its plan and the positions left."""
    if mode not in APPROVALS:
        raise ConfigError(f"--mode {mode}: there is no such mode; choose one of {', '.join(APPROVALS)}")
    prepare_environment(quiet=True)
    loaded = load_book(book)  # a wrong book or day is refused before anything slow is started
    check_early(loaded, session)
    named = tuple(sorted({s.strip().upper() for s in (symbols or "").split(",") if s.strip()}))
    if symbols is not None and not named:
        raise ConfigError("--symbols is empty; name them as AAPL,MSFT, or leave the option away to close everything")
    console = Console(stderr=as_json)
    must_be_worked_here(console, loaded)
    with left_at_interrupt(loaded.book.book), warmed_up():
        told = _run(console, loaded.path, session, who, because, named, mode, "plan" if plan_only else "report")
    listed = plan_of_run(told)
    _print_summary(console, told, listed)
    return {**told, "plan": as_plain(listed) if listed else None}


def _run(
    console: Console,
    book: Path,
    session: date | None,
    who: str,
    because: str,
    symbols: tuple[str, ...],
    mode: str,
    until: Literal["plan", "report"],
) -> dict[str, Any]:
    from flows.bootstrap import watcher
    from flows.commands.progress import live_story
    from flows.liquidate import liquidate

    with live_story(console) as story:
        story.waves_total = load_book(book).book.execution.waves + 2
        token = watcher.set(story.hear)
        try:
            return liquidate(
                book=book,
                who=who,
                because=because,
                session=session,
                symbols=symbols,
                approval=cast('Literal["by_name", "manual"]', mode),
                until=until,
            )
        finally:
            watcher.reset(token)


def _print_summary(console: Console, told: dict[str, Any], listed: PlanList | None) -> None:
    if listed is not None:
        show_plan(console, listed)
    left = told["positions_left"]
    if told["status"] == "planned":
        console.print("nothing was sent; without --plan-only this is worked at once")
    elif told["status"] == "already_done":
        console.print(f"[cyan]{told['session']} was liquidated already; a second time needs another session[/cyan]")
    if told["status"] != "planned":
        held = ", ".join(f"{shares} {symbol}" for symbol, shares in left.items())
        console.print(f"[yellow]still held: {held}[/yellow]" if left else "[green]flat: nothing is held[/green]")
        console.print(f"{told['book']} stays reducing; it buys again after: {resumed_by(told['book'])}", soft_wrap=True)
