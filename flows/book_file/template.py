"""A new book file, written from the model's own descriptions and defaults, so that it cannot go stale."""

import textwrap
from collections.abc import Iterator, Mapping

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flows.book_file.errors import Path
from flows.book_file.schema import allowed_range, allowed_values, example, section_of, written
from tasks.book.broker import SEVERAL
from tasks.book.model import Book
from tasks.brokers.registry import BROKERS

_WIDTH = 110
_OPENING = """\
# A book: what one portfolio may hold, what it is for, when it trades and who must say yes.
# Every setting is here with its default. Delete what you leave as it is; a line with `# ` before its name is not set.
# A value may come from the environment as ${NAME} or ${NAME:-default}; credentials never stand in a book.
"""
NEEDS: dict[Path, dict[Path, str]] = {
    ("broker", "parts"): {("broker", "name"): SEVERAL},
    ("broker", "routes"): {("broker", "name"): SEVERAL, ("broker", "parts"): "{a: {name: simulated}}"},
    ("universe", "file"): {("universe", "symbols"): "[]"},
    ("data", "daily_path"): {("data", "source"): "files"},
    ("data", "intraday_path"): {("data", "source"): "files", ("data", "daily_path"): "prices.csv"},
    ("data", "actions_path"): {("data", "source"): "files", ("data", "daily_path"): "prices.csv"},
    ("objective", "weights_pct"): {("objective", "kind"): "track"},
    ("objective", "weights_file"): {("objective", "kind"): "track"},
    ("objective", "expected_return", "yearly_pct"): {("objective", "expected_return", "kind"): "given"},
    ("limits", "sectors"): {("universe", "symbols"): "[]", ("universe", "file"): "universe.csv"},
    ("limits", "min_esg_score"): {("universe", "symbols"): "[]", ("universe", "file"): "universe.csv"},
    ("limits", "max_carbon_intensity"): {("universe", "symbols"): "[]", ("universe", "file"): "universe.csv"},
}
"""What else must be set where a setting's example is used: said beside it, and its line is then no comment to uncomment
but `null`, so that nothing that is only uncommented is refused."""
_CHOICES: dict[Path, str] = {
    ("book",): "mine",
    ("universe", "symbols"): "[AAPL, BAC, CVX, GE, HD, JNJ, JPM, KO, MSFT, PG, UNH, XOM]",
    ("objective", "kind"): "risk_parity",
    ("broker", "account"): "mine",
}
"""What has no default, or none that suits a second book; everything else is the model's."""


def book_template() -> str:
    """A commented book that loads as it is: twelve stocks of the bundled sample, held at equal risk."""
    return _OPENING + "\n".join(_lines(Book, ())) + "\n"


def _lines(section: type[BaseModel], above: Path) -> Iterator[str]:
    for name, info in section.model_fields.items():
        path = (*above, name)
        if not above:
            yield ""
        yield from _comment(path, info)
        inner = section_of(info.annotation)
        indent = "  " * len(above)
        if inner is None:
            yield indent + _setting(path, info)
        else:
            yield f"{indent}{name}:"
            yield from _lines(inner, path)


def _setting(path: Path, info: FieldInfo) -> str:
    name = path[-1]
    if path in _CHOICES:
        return f"{name}: {_CHOICES[path]}"
    if info.default is None:
        return f"{name}: null" if path in NEEDS else f"# {example(name, info)}"
    return f"{name}: {written(info.default)}"


def _comment(path: Path, info: FieldInfo) -> list[str]:
    """The field's description, with what it may be."""
    depth = len(path) - 1
    words, bounds = allowed_values(info.annotation), allowed_range(info)
    choices = ", ".join(word or '""' for word in words)
    hints = [f"One of: {choices}."] if len(words) > 1 else []
    if info.default in ({}, ()) or path in NEEDS:
        hints += [f"E.g. {example('', info).removeprefix(': ')}{_with(path)}"]
    hints += [f"Range: {bounds}."] if bounds else []
    indent = "  " * depth
    text = " ".join([info.description or "", *hints])
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def needs(path: Path) -> Mapping[Path, str]:
    """What else must be set where a setting is: of a section that one broker alone reads, that it is named."""
    namer = {"broker": ("broker", "name"), "data": ("data", "source")}.get(path[0])
    section = BROKERS.get(path[1]) if len(path) > 2 else None
    if namer and section and not section.is_simulated:
        return {namer: section.name}
    return NEEDS.get(path, {})


def _with(path: Path) -> str:
    """What an example goes with."""
    others = [f"`{'.'.join(needed)}: {value}`" for needed, value in needs(path).items()]
    return f", with {' and '.join(others)}" if others else ""
