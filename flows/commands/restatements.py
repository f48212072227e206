"""`steelyard restatements`: past decisions held against what the source of their prices says today."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.book_file.load import recorded_book
from flows.bootstrap import broker_of, prices_of, wall_clock
from flows.commands.calibrate import say
from flows.commands.lookup import cycle_of, journal_here, name_of
from flows.commands.rows_shown import show_rows
from flows.home import home
from tasks.context import StepContext
from tasks.errors import BadDataError, ConfigError
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.restatement import Restatement
from tasks.model.typed_commands import lists_exceptions
from tasks.restatement.compare import restatement_of
from tasks.tca.under_review import write_review_page

SHOWN = 20
"""Rows of a table on a terminal; --json has all that is on record."""
RESTATED = 1
"""Exit status where history is not what a decision rests on."""


def watch_restatements(book: str, session: date | None, *, every: bool, as_json: bool) -> dict[str, Any]:
    """Compare one session, the newest, or all with their source; what is otherwise goes on record once.

    Raises: ConfigError for a book or session that is not on record.
    """
    if every and session:
        raise ConfigError("--all and --session contradict each other; write one of them")
    with journal_here() as journal:
        cycles = _sessions(journal, book, session, every=every)
        told = [_looked_at(journal, cycle) for cycle in cycles]
    if not as_json:
        _print(cycles, told)
    return {
        "book": name_of(book),
        "sessions": told,
        "restated": sum(one["restated"] for one in told),
        "exit_status": RESTATED if any(one["restated"] or one["error"] for one in told) else 0,
    }


def _sessions(journal: Journal, book: str, session: date | None, *, every: bool) -> list[Cycle]:
    """Oldest first; those that came to a decision."""
    newest = cycle_of(journal, book, session)
    if not every:
        wanted = [newest]
    else:
        wanted = [cycle for cycle in journal.cycles.all(newest.book) if cycle.kind == "rebalance"]
    decided = [cycle for cycle in wanted if journal.cycles.checkpoint(cycle, "optimize") is not None]
    if not decided:
        raise ConfigError(f"no session of book {newest.book} that was asked for has come to a decision yet")
    return sorted(decided, key=lambda cycle: cycle.session)


def _looked_at(journal: Journal, cycle: Cycle) -> dict[str, Any]:
    """What came of one session; one whose bars cannot be compared keeps no other from it."""
    answer = {"session": cycle.session.isoformat(), "restated": False, "new": False, "error": ""}
    try:
        with _looking(journal, cycle) as context:
            found = restatement_of(context)
    except (BadDataError, ConfigError) as error:
        return answer | {"error": str(error)}
    if found is None:
        return answer
    new = journal.restatements.record(found)
    if new and journal.books.newest_report(cycle.cycle_id) is not None:
        write_review_page(journal, cycle)
    return answer | {"restated": True, "new": new, **_plain(_on_record(journal, found))}


def _on_record(journal: Journal, found: Restatement) -> Restatement:
    """As it was told first."""
    rows = journal.restatements.of(found.cycle_id)
    return next(row for row in rows if row.restated_sha256 == found.restated_sha256)


def _plain(found: Restatement) -> dict[str, Any]:
    return {
        "snapshot_sha256": found.snapshot_sha256,
        "restated_sha256": found.restated_sha256,
        "found_at": found.found_at.isoformat(),
        **found.body,
    }


@contextmanager
def _looking(journal: Journal, cycle: Cycle) -> Iterator[StepContext]:
    """The session as it was decided, by its book on record; its broker is never connected, and no lease is taken."""
    folder, path = home(), Path(cycle.book_file)
    book = recorded_book(cycle.book_text, path)
    base = Path(os.path.abspath(path)).parent
    source = prices_of(book, base, journal)
    with closing(broker_of(book, folder, source, journal)) as broker:
        yield StepContext(book, base, folder, cycle, journal, source, broker, wall_clock)


def _print(cycles: list[Cycle], told: list[dict[str, Any]]) -> None:
    console = Console()
    for cycle, one in zip(cycles, told, strict=True):
        if one["error"]:
            say(console, f"{cycle.session}: cannot be compared: {one['error']}")
        elif not one["restated"]:
            say(console, f"{cycle.session}: its source says what it said when the session was decided")
        else:
            _print_restated(console, cycle, one)


def _print_restated(console: Console, cycle: Cycle, one: dict[str, Any]) -> None:
    say(console, f"{cycle.session}: {one['sentence']}")
    _show(console, "Values", one["changes"], one["values"])
    _show(console, "Target weights, percent", [_in_percent(row) for row in one["targets"]], len(one["targets"]))
    _show(console, "Orders, signed shares", one["orders"], len(one["orders"]))
    if one["off_record"] > 1e-4:
        say(
            console,
            f"The bars of then give targets that are up to {one['off_record'] * 100:.2f} points from those on record: "
            "program or settings have changed since, so read the differences with care",
        )
    say(console, f"An exception of the session's review, to be answered for by name: {lists_exceptions(cycle)}")


def _in_percent(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: f"{row[name] * 100:.2f}" for name in ("was", "now")}}


def _show(console: Console, title: str, rows: list[dict[str, Any]], count: int) -> None:
    if not rows:
        return
    more = f" ({SHOWN} of {count:,} shown)" if count > SHOWN else ""
    say(console, f"{title}{more}")
    show_rows(console, rows[:SHOWN])
