"""`steelyard drill`: practise the emergency in a throw-away home, show the times, put the result on record."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from flows.book_file import load_book
from flows.commands.startup import warmed_up
from flows.prefect_home import prepare_environment

if TYPE_CHECKING:
    from flows.drill_parts import Part

COLUMNS = ("seconds", "simulated_min", "orders_cancelled", "orders_sent", "orders_left", "positions_left")


def run_drill(book: Path, *, as_json: bool) -> dict[str, Any]:
    """Exit status 1 when a part failed. Raises: ConfigError for a book that trades at a real broker."""
    prepare_environment(quiet=True)
    load_book(book)  # a wrong file is refused before anything slow is started
    console = Console(stderr=as_json)
    console.print("drilling in a throw-away home: a session is halted, resumed, halted again and liquidated ...")
    with warmed_up():
        from flows.drill import book_to_drill, drilled, has_passed

        loaded = book_to_drill(book)
        parts = drilled(loaded)
    passed = has_passed(parts)
    console.print(_table(parts))
    for part in parts:
        console.print(f"{part.part}: {part.words}", soft_wrap=True)
    console.print("[green]passed[/green]" if passed else "[red]failed[/red]: the real thing would fail too")
    told = {"book": loaded.book.book, "passed": passed, "parts": [part.plain() for part in parts]}
    return {**told, "exit_status": 0 if passed else 1}


def _table(parts: Sequence["Part"]) -> Table:
    table = Table(title="Drill")
    for column in ("part", *COLUMNS, "passed"):
        table.add_column(column.replace("_", " "))
    for part in parts:
        figures = part.plain()
        cells = [f"{value:.2f}" if isinstance(value := figures[name], float) else str(value) for name in COLUMNS]
        table.add_row(part.part, *cells, "yes" if part.passed else "NO")
    return table
