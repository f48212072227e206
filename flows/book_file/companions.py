"""The files a book names, read once so that the book can be judged against them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.book import Book
from tasks.errors import SteelyardError


@dataclass(frozen=True)
class Companions:
    """What the universe and the weights file say; None where they cannot be read, with the reason."""

    symbols: frozenset[str] | None = None
    sectors: frozenset[str] = frozenset()
    scored: frozenset[str] = frozenset()
    """Which of `esg_score` and `carbon_intensity` the universe knows for at least one symbol."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Fractions by symbol, for `track`."""
    complaints: tuple[tuple[tuple[str, ...], str], ...] = ()
    """(field, why its file cannot be used)."""


def gather(book: Book, folder: Path) -> Companions:
    """Read them; what cannot be read becomes a complaint about the field that names it."""
    from tasks.market_data.universe import load_universe
    from tasks.targets.given import given_weights

    complaints: list[tuple[tuple[str, ...], str]] = []
    symbols, sectors, scored = None, frozenset[str](), frozenset[str]()
    try:
        table = load_universe(book.universe, folder)
    except SteelyardError as error:
        complaints.append((("universe", "file"), str(error)))
    else:
        symbols = frozenset(table["symbol"])
        sectors = frozenset(table["sector"].dropna()) if "sector" in table else frozenset()
        scored = frozenset(c for c in ("esg_score", "carbon_intensity") if c in table and table[c].notna().any())
    weights: Mapping[str, float] = {}
    try:
        weights = given_weights(book.objective, folder)
    except SteelyardError as error:
        complaints.append((("objective", "weights_file"), str(error)))
    return Companions(symbols, sectors, scored, weights, tuple(complaints))
