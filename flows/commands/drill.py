"""`steelyard drill`: practise the emergency in a throw-away home, show the times, put the result on record."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from flows.book_file import load_book
from flows.commands.startup import warmed_up
from flows.home import VARIABLE
from flows.prefect_home import prepare_environment
from flows.register import VARIABLE as REGISTER
from tasks.brokers.registry import is_simulated
from tasks.errors import ConfigError

if TYPE_CHECKING:
    from flows.drill import Part

DATABASE = "STEELYARD_DATABASE_URL"
"""Names the real journal; in a drill it must not."""
COLUMNS = ("seconds", "simulated_min", "orders_cancelled", "orders_sent", "orders_left", "positions_left")


def run_drill(book: Path, *, as_json: bool) -> dict[str, Any]:
    """Exit status 1 when a part failed. Raises: ConfigError for a book that trades at a real broker."""
    prepare_environment(quiet=True)
    loaded = load_book(book)
    if not is_simulated(loaded.book.broker) or loaded.book.broker.live:
        raise ConfigError(f"{book}: a drill works at the simulated broker only; set broker.name: simulated")
    console = Console(stderr=as_json)
    console.print("drilling in a throw-away home: a session is halted, resumed, halted again and liquidated ...")
    with warmed_up():
        from flows.drill import practise

        with throw_away_home():
            parts = practise(loaded.path.absolute(), loaded.book.book)
    passed = len(parts) == 3 and all(part.passed for part in parts)
    told = {"book": loaded.book.book, "passed": passed, "parts": [part.plain() for part in parts]}
    _record(told)
    console.print(_table(parts))
    for part in parts:
        console.print(f"{part.part}: {part.words}", soft_wrap=True)
    console.print("[green]passed[/green]" if passed else "[red]failed[/red]: the real thing would fail too")
    return {**told, "exit_status": 0 if passed else 1}


@contextmanager
def throw_away_home() -> Iterator[Path]:
    """A home and a database of their own until the end of the block; the real ones are out of reach in it."""
    hidden = {name: os.environ.pop(name, None) for name in (VARIABLE, DATABASE, REGISTER)}
    with tempfile.TemporaryDirectory(prefix="steelyard-drill-") as folder:
        os.environ |= {VARIABLE: folder, REGISTER: str(Path(folder) / "journals.jsonl")}
        try:
            yield Path(folder)
        finally:
            for name in (VARIABLE, REGISTER):
                os.environ.pop(name, None)
            os.environ.update({name: value for name, value in hidden.items() if value is not None})


def _record(told: dict[str, Any]) -> None:
    """In the real journal: somebody will ask when this was last practised."""
    from flows.bootstrap import wall_clock
    from flows.commands.lookup import journal_here
    from tasks.journal.evidence import Drill

    with journal_here() as journal:
        journal.drills.record(Drill(told["book"], told["passed"], {"parts": told["parts"]}, wall_clock()))


def _table(parts: Sequence["Part"]) -> Table:
    table = Table(title="Drill")
    for column in ("part", *COLUMNS, "passed"):
        table.add_column(column.replace("_", " "))
    for part in parts:
        figures = part.plain()
        cells = [f"{value:.2f}" if isinstance(value := figures[name], float) else str(value) for name in COLUMNS]
        table.add_row(part.part, *cells, "yes" if part.passed else "NO")
    return table
