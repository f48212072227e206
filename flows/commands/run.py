"""Runs the rebalance flow from the command line, and tells a person what came of it."""

import sys
from pathlib import Path
from typing import Any, cast, get_args

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from flows.book_file import LoadedBook, load_book
from flows.commands.interrupt import left_at_interrupt
from flows.commands.lookup import must_be_worked_here
from flows.commands.on_record import Told, plan_in_question, plan_of_run, standing
from flows.commands.plan_shown import show_plan
from flows.commands.startup import StartUp, warmed_up
from flows.prefect_home import prepare_environment
from flows.sessions import NO_SESSION, Asked
from tasks.book.model import Mode
from tasks.errors import ConfigError, WaitsForPersonError
from tasks.plan.plan_list import as_plain
from tasks.plan.plan_words import as_csv
from tasks.wording import counted, dollars

MOST_LEFT = 4
"""Orders that stand over, each in a line of its own; the rest is in the plan."""


def run_book(
    book: Path, session: Asked, mode: str | None, until: str, *, as_json: bool, csv: bool = False
) -> dict[str, Any]:
    """One run of the flow, up to the plan or to the report; returns the summary of the session.

    What can be told at once is told before anything slow is started: a wrong book or session, a finished session, and
    for `until` plan a plan that stands. With `csv` the plan is all that goes to stdout, and the answer is empty.
    """
    if mode is not None and mode not in get_args(Mode):
        raise ConfigError(f"--mode {mode}: there is no such mode; choose one of {', '.join(get_args(Mode))}")
    if as_json and csv:
        raise ConfigError("--json and --csv: stdout holds one of them; choose one")
    prepare_environment(quiet=True)
    loaded = load_book(book)
    console = Console(stderr=as_json or csv)
    for warning in loaded.warnings:
        console.print(f"[yellow]{warning}[/yellow]", soft_wrap=True)
    found = standing(loaded, session, cast("Mode | None", mode), until)
    if found is not None:
        return _print_outcome(console, found, None, until, csv=csv)
    must_be_worked_here(console, loaded)
    if not as_json:
        console.print(f"[bold]{loaded.book.book}[/bold]: starting Prefect and the libraries ...")
    with left_at_interrupt(loaded.book.book), warmed_up() as start:
        return _print_outcome(console, _run(console, loaded, session, mode, until), start, until, csv=csv)


def _run(console: Console, loaded: LoadedBook, session: Asked, mode: str | None, until: str) -> Told:
    """The flow; the plan that a person is asked about is shown before the question."""
    try:
        summary = _watched(console, loaded, session, mode, until)
    except WaitsForPersonError:
        asked = plan_in_question(loaded.book.book)
        if asked is not None:
            show_plan(console, asked)
        raise
    return summary, plan_of_run(summary)


def _watched(console: Console, loaded: LoadedBook, session: Asked, mode: str | None, until: str) -> dict[str, Any]:
    from flows.bootstrap import watcher
    from flows.commands.progress import live_story
    from flows.rebalance import rebalance

    with live_story(console) as story:
        story.waves_total = loaded.book.execution.waves + 2
        token = watcher.set(story.hear)
        try:
            summary = rebalance(book=loaded.path, session=session, mode=mode, until=until)  # type: ignore[arg-type]
        finally:
            watcher.reset(token)
    if summary["status"] == NO_SESSION:
        raise ConfigError(summary["message"])
    return summary


def _print_outcome(console: Console, found: Told, start: StartUp | None, until: str, *, csv: bool) -> dict[str, Any]:
    """Print what came of it; the answer for programs."""
    summary, listed = found
    if csv:
        sys.stdout.write(as_csv(listed) if listed else "")
        return {}
    if listed is not None and (until == "plan" or start is not None):
        show_plan(console, listed)
    _print_summary(console, summary, start)
    return {**summary, "plan": as_plain(listed) if listed else None}


def _print_summary(console: Console, summary: dict[str, Any], start: StartUp | None) -> None:
    if summary["status"] == "already_done":
        console.print(
            f"[cyan]Session {summary['session']} of {summary['book']} is done already; nothing was traded.[/cyan]\n"
            f"Report: {summary['report']}",
            soft_wrap=True,
        )
        if summary["breaks"]:
            console.print(f"breaks: {_breaks(summary)}", soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in _lines(summary):
        table.add_row(f"[bold]{name}[/bold]", value)
    if start is not None:
        table.add_row("[bold]time[/bold]", start.sentence())
    console.print()
    console.print(Panel(table, title=f"{summary['book']} · {summary['session']}", expand=False))


def _breaks(summary: dict[str, Any]) -> str:
    """What stands open between ledger and broker, and how much of it earlier sessions left."""
    if not summary["breaks"]:
        return "none: ledger and broker agree"
    earlier = (
        f", {summary['earlier_breaks']} of them open since an earlier session" if summary["earlier_breaks"] else ""
    )
    return f"[red]{summary['breaks']}{earlier}: see steelyard breaks {summary['book']}[/red]"


def _left(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """What the gate held back and what the market, the cash or the broker left, each in a line; then how many more."""
    told = [
        sentence
        for name in ("standing_over", "refused_orders", "not_filled")
        for sentence in summary.get(name, {}).values()
    ]
    more = len(told) - MOST_LEFT
    return [("left", escape(sentence)) for sentence in told[:MOST_LEFT]] + (
        [("", f"and {more} more: `steelyard orders {summary['book']}`")] if more > 0 else []
    )


def _lines(summary: dict[str, Any]) -> list[tuple[str, str]]:
    if not summary["slices"] and summary["status"] != "done":
        stands = {"planned": "this run ends at the plan", "waiting": "the plan waits for an answer"}
        why = stands.get(summary["status"], f"the session is {summary['status']}")
        plan = [("plan", f"{summary['plan_hash'] or 'none'}"), ("sent", f"nothing: {why}")]
        return [*plan, ("breaks", _breaks(summary))] if summary["breaks"] else plan
    cost = "no trades, no cost"
    if summary["shortfall_bps"] is not None:
        cost = (
            f"{dollars(summary['shortfall_usd'])}, {summary['shortfall_bps']:.1f} bps of what was decided "
            "(implementation shortfall; positive is a cost)"
        )
    return [
        (
            "traded",
            f"{dollars(summary['traded_notional_usd'], 0)} in {counted(summary['orders'], 'order')}, "
            f"{counted(summary['slices'], 'slice')}, {counted(summary['fills'], 'fill')}",
        ),
        ("why", summary.get("why") or ""),
        *_left(summary),
        *[("written off", escape(sentence)) for sentence in summary.get("written_off", {}).values()],
        ("cost", cost),
        ("breaks", _breaks(summary)),
        ("report", f"{summary['report']}"),
    ]
