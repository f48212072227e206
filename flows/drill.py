"""A drill: the emergency practised in a throw-away home, timed, and put on record."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import flow

from flows.alerts.halt_events import practice
from flows.book_file import LoadedBook, load_book
from flows.bootstrap import wall_clock
from flows.commands.lookup import journal_here
from flows.drill_parts import Part, practise
from flows.home import VARIABLE
from flows.named_end import named_end
from flows.prefect_run import run_log
from flows.register import VARIABLE as REGISTER
from flows.run_name import run_name
from tasks.artifacts import publish_apart, slug
from tasks.brokers.registry import is_simulated
from tasks.errors import ConfigError, SteelyardError
from tasks.journal.evidence import Drill
from tasks.model.artifact import Artifact

DATABASE = "STEELYARD_DATABASE_URL"
"""Names the real journal; in a drill it must not."""
PARTS = 3


@flow(name="drill", flow_run_name=run_name, persist_result=False)
@named_end
def drill(book: Path) -> dict[str, Any]:
    """Practise halt, resume and liquidation in a throw-away home; each is timed, and the times are on record.

    Args:
        book: the book file to drill with; its broker is the simulated one, e.g. books/demo.yaml

    A part that fails stops the run: the real thing would fail too.
    """
    parts = drilled(book_to_drill(book))
    for part in parts:
        run_log().info("%s: %s, %.2f s", part.part, part.words, part.seconds)
    if not has_passed(parts):
        raise SteelyardError(f"the drill failed at {parts[-1].part}: {parts[-1].words}. The real thing would fail too")
    return {"book": str(book), "passed": True, "parts": [part.plain() for part in parts]}


def book_to_drill(book: Path) -> LoadedBook:
    """Raises: ConfigError for a book that trades at a real broker."""
    loaded = load_book(book)
    if not is_simulated(loaded.book.broker) or loaded.book.broker.live:
        raise ConfigError(f"{book}: a drill works at the simulated broker only; set broker.name: simulated")
    return loaded


def drilled(loaded: LoadedBook) -> Sequence[Part]:
    """Do it, and put it on record: somebody will ask when this was last practised, and how long it took."""
    name = loaded.book.book
    with throw_away_home(), practice():
        parts = practise(loaded.path.absolute(), name)
    figures = [part.plain() for part in parts]
    with journal_here() as journal:
        journal.drills.record(Drill(name, has_passed(parts), {"parts": figures}, wall_clock()))
    said = "passed" if has_passed(parts) else "failed"
    publish_apart(slug(f"{name}-drill"), Artifact(f"Drill of {name}: {said}", rows=figures), on_run=True)
    return parts


def has_passed(parts: Sequence[Part]) -> bool:
    return len(parts) == PARTS and all(part.passed for part in parts)


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
