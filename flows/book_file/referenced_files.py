"""The files a book names, read once so that the book can be judged against them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.book_file.errors import Path as Field
from tasks.book.model import Book
from tasks.errors import SteelyardError

if TYPE_CHECKING:
    import pandas as pd

_DATA_PATHS = ("daily_path", "intraday_path", "actions_path")


@dataclass(frozen=True, slots=True)
class Companions:
    """What the files say. A file that cannot be read is a complaint, and what it would say stays empty."""

    sectors: Mapping[str, str | None] = field(default_factory=dict)
    """The universe: sector by symbol, None where not known; empty when the universe cannot be read."""
    esg_scores: Mapping[str, float] = field(default_factory=dict)
    """By symbol, where known."""
    carbon_intensities: Mapping[str, float] = field(default_factory=dict)
    """By symbol, where known."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Percent by symbol, for `track`; rows of cash are not among them."""
    cash_pct: float | None = None
    """What those rows add up to, None where there are none."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The universe's symbol by the name in the weights, where a share class is written in another way."""
    complaints: tuple[tuple[Field, str, str], ...] = ()
    """(field, problem, remedy) of each file that cannot be used."""


def gather(book: Book, folder: Path) -> Companions:
    """Read them from where they are, relative to the book file's folder."""
    from tasks.market_data.cash_names import means_cash
    from tasks.market_data.spelling import in_the_spelling_of, respelled
    from tasks.market_data.universe import load_universe
    from tasks.targets.given_weights import given_weights

    universe_field = ("universe", "symbols") if book.universe.file is None else ("universe", "file")
    table, universe_complaints = _tried(universe_field, lambda: load_universe(book.universe, folder))
    weights, weight_complaints = _tried(("objective", "weights_file"), lambda: given_weights(book.objective, folder))
    known = [] if table is None else list(table["symbol"])
    cash = [100 * (weights or {}).pop(name) for name in list(weights or {}) if means_cash(name, known)]
    return Companions(
        sectors={} if table is None else _known(table, "sector", None),
        esg_scores={} if table is None else _known(table, "esg_score"),
        carbon_intensities={} if table is None else _known(table, "carbon_intensity"),
        weights=respelled({symbol: 100 * fraction for symbol, fraction in (weights or {}).items()}, known),
        cash_pct=sum(cash) if cash else None,
        renamed={name: symbol for name in weights or {} if (symbol := in_the_spelling_of(known, name)) != name},
        complaints=(*universe_complaints, *weight_complaints, *_absent(book, folder)),
    )


def _tried(named_by: Field, read: Callable[[], Any]) -> tuple[Any, tuple[tuple[Field, str, str], ...]]:
    """What a reader gives, or its error as a complaint about the field that names the file."""
    try:
        return read(), ()
    except SteelyardError as error:
        problem, _, remedy = str(error).removeprefix(f"{'.'.join(named_by)}: ").partition("; ")
        return None, ((named_by, problem, remedy or "correct it there"),)


def _absent(book: Book, folder: Path) -> Iterator[tuple[Field, str, str]]:
    for name in _DATA_PATHS if book.data.source == "files" else ():
        path = getattr(book.data, name)
        if path is not None and not (folder / path).exists():
            yield ("data", name), f"{folder / path} does not exist", "give a path relative to the book file"


_LEFT_OUT = object()


def _known(table: "pd.DataFrame", column: str, missing: Any = _LEFT_OUT) -> dict[str, Any]:
    """A column by symbol; where it is blank, `missing`, or left out."""
    rows = zip(table["symbol"], table[column], table[column].notna(), strict=True)
    values = {str(symbol): value if known else missing for symbol, value, known in rows}
    return {symbol: value for symbol, value in values.items() if value is not _LEFT_OUT}
