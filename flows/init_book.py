"""A new book file, written from the model's own descriptions and defaults, so that it cannot go stale."""

import textwrap
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flows.book import Book
from flows.book_file.mistakes import Path
from flows.book_file.schema import allowed_range, allowed_values, example, section_of, written

_WIDTH = 110
_OPENING = """\
# A book: what one portfolio may hold, what it is for, when it trades and who must say yes.
# Every setting is here with its default. Delete what you leave as it is; a line with `# ` before its name is not set.
# A value may come from the environment as ${NAME} or ${NAME:-default}; credentials never stand in a book.
"""
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
        yield from _comment(info, len(above))
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
        return f"# {example(name, info)}"
    return f"{name}: {written(info.default)}"


def _comment(info: FieldInfo, depth: int) -> list[str]:
    """The field's description, with what it may be."""
    words, bounds = allowed_values(info.annotation), allowed_range(info)
    choices = ", ".join(word or '""' for word in words)
    hints = [f"One of: {choices}."] if len(words) > 1 else []
    hints += [f"E.g. {example('', info).removeprefix(': ')}"] if info.default in ({}, ()) else []
    hints += [f"Range: {bounds}."] if bounds else []
    indent = "  " * depth
    text = " ".join([info.description or "", *hints])
    return textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
