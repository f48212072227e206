"""`steelyard down`: ends what this home's `steelyard up` started, after the runs that are at work, or `--now`."""

import os
import time
from typing import Any

from rich.console import Console

from flows.commands.interrupt import left_at_work
from flows.commands.lookup import journal_here
from flows.desk.close_desk import end_desk, must_be_of_this_machine
from flows.desk.lock import is_held
from flows.desk.open_desk import wait_until_known
from flows.desk.runs_at_work import RunAtWork, runs_at_work
from flows.desk.state import DeskState
from flows.home import home
from flows.prefect_rest import headers_from
from tasks.wording import counted

LOOKS_EVERY_S = 2.0
OF_A_KILLED_RUN = (
    "what it sent works on at the broker, nothing new is sent, and the next run of its session goes on there"
)


def close_desk(*, now: bool, as_json: bool) -> dict[str, Any]:
    """Idempotent: where nothing is up that is said. Without `now` it waits for the runs that are at work.

    Raises: SteelyardError for a desk of another machine, or one of which something does not end.
    """
    console = Console(stderr=as_json)
    if not is_held(home()) or (state := wait_until_known(home())) is None:
        console.print(f"nothing is up in {home()}", soft_wrap=True, highlight=False)
        return {"status": "down", "ended": False, "runs": []}
    must_be_of_this_machine(state)
    runs = _ended(console, state) if now else _waited_for(console, state)
    end_desk(home(), state)
    console.print(f"down: {state.url} was up since {state.began}", soft_wrap=True, highlight=False)
    left = _left_at_work() if now and runs else []
    for sentence in left:
        console.print(sentence, soft_wrap=True, highlight=False)
    return {"status": "down", "ended": True, "runs": [run.name for run in runs], "at_work": left}


def _at_work(state: DeskState) -> list[RunAtWork]:
    """Of a server that does not answer nobody knows: then there is nothing to wait for either."""
    return runs_at_work(f"{state.url}/api", headers_from(os.environ)) or []


def _waited_for(console: Console, state: DeskState) -> list[RunAtWork]:
    """The runs that were at work at first; all of them, and those that began meanwhile, are over afterwards."""
    first = runs = _at_work(state)
    if runs:
        console.print(f"waiting for {counted(len(runs), 'run')} at work; Ctrl-C leaves everything up", highlight=False)
        _print_runs(console, runs, "")
        console.print(
            f"`steelyard down --now` ends a run in its work: {OF_A_KILLED_RUN}", soft_wrap=True, highlight=False
        )
    known = {run.name for run in runs}
    while runs:
        time.sleep(LOOKS_EVERY_S)
        runs = _at_work(state)
        _print_runs(console, [run for run in runs if run.name not in known], "")
        known |= {run.name for run in runs}
    return first


def _ended(console: Console, state: DeskState) -> list[RunAtWork]:
    runs = _at_work(state)
    _print_runs(console, runs, f" and ends now: {OF_A_KILLED_RUN}")
    return runs


def _print_runs(console: Console, runs: list[RunAtWork], more: str) -> None:
    for run in runs:
        console.print(f"  {run.sentence}{more}", soft_wrap=True, highlight=False, markup=False)


def _left_at_work() -> list[str]:
    """Of each book with a session that somebody was working: what is at the broker, and how to go on or cancel."""
    with journal_here() as journal:
        books = sorted({cycle.book for cycle in journal.cycles.all() if cycle.status == "running"})
        return [left_at_work(journal, book) for book in books]
