"""Runs the rebalance flow from the command line, and tells a person what came of it."""

from datetime import date
from pathlib import Path
from typing import Any, get_args

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from flows.book import Mode
from flows.book_file import load_book
from flows.commands.warming import StartUp, warmed_up
from flows.prefect_home import prepare_environment
from tasks.errors import ConfigError

MOST_LEFT = 4
"""Orders that stand over, each in a line of its own; the rest is in the plan."""


def run_book(book: Path, session: date | None, mode: str | None, until: str, *, as_json: bool) -> dict[str, Any]:
    """One run of the flow, up to the plan or to the report; returns the summary of the session."""
    if mode is not None and mode not in get_args(Mode):
        raise ConfigError(f"--mode {mode}: there is no such mode; choose one of {', '.join(get_args(Mode))}")
    prepare_environment(quiet=True)
    loaded = load_book(book)  # a wrong book is refused before anything slow is started
    console = Console(stderr=as_json)
    for warning in loaded.warnings:
        console.print(f"[yellow]{warning}[/yellow]", soft_wrap=True)
    finished = _finished(loaded.book.book, session, loaded.path)
    if finished is not None:
        _tell(console, finished, None)
        return finished
    if not as_json:
        console.print(f"[bold]{loaded.book.book}[/bold]: starting Prefect and the libraries ...")
    with warmed_up() as start:
        summary = _run(console, loaded.path, session, mode, until)
        _tell(console, summary, start)
    return summary


def _run(console: Console, book: Path, session: date | None, mode: str | None, until: str) -> dict[str, Any]:
    from flows.commands.story import told_live
    from flows.opening import watcher
    from flows.rebalance import rebalance

    with told_live(console) as story:
        story.waves_total = load_book(book).book.execution.waves + 2
        token = watcher.set(story.hear)
        try:
            return rebalance(book=book, session=session, mode=mode, until=until)  # type: ignore[arg-type]
        finally:
            watcher.reset(token)


def _finished(book: str, session: date | None, path: Path) -> dict[str, Any] | None:
    """The summary of a session that is done already: there is no need to start anything for it."""
    from flows.commands.books import journal_here
    from flows.doors import prices_of
    from flows.ending import cycle_summary
    from flows.sessions import newest_session

    loaded = load_book(path)
    day = session or newest_session(loaded.book, prices_of(loaded.book, path.parent))
    with journal_here() as journal:
        cycle = journal.cycles.find(book, day)
        if cycle is None or cycle.status != "done":
            return None
        return {**cycle_summary(journal, cycle), "status": "already_done"}


def _tell(console: Console, summary: dict[str, Any], start: StartUp | None) -> None:
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


def _lines(summary: dict[str, Any]) -> list[tuple[str, str]]:
    if summary["status"] == "planned":
        plan = [("plan", f"{summary['plan_hash'] or 'none'}"), ("sent", "nothing: this run ends at the plan")]
        return [*plan, ("breaks", _breaks(summary))] if summary["breaks"] else plan
    cost = "no trades, no cost"
    if summary["shortfall_bps"] is not None:
        cost = (
            f"${summary['shortfall_usd']:,.2f}, {summary['shortfall_bps']:.1f} bps of what was decided "
            "(implementation shortfall; positive is a cost)"
        )
    return [
        (
            "traded",
            f"${summary['traded_notional_usd']:,.0f} in {summary['orders']} orders, "
            f"{summary['slices']} slices, {summary['fills']} fills",
        ),
        ("why", summary.get("why") or ""),
        *[("left", sentence) for sentence in summary.get("standing_over", {}).values()][:MOST_LEFT],
        ("cost", cost),
        ("breaks", _breaks(summary)),
        ("report", f"{summary['report']}"),
    ]
