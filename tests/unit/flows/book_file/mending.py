"""Does to a book what the sentence of its refusal says to do: each way that the sentence names, by itself."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from flows.book_file.schema import field_at, model_at
from tasks.book.model import Book

SENTENCE = re.compile(
    r"""x\.yaml(?::\d+)?:\ (?:(?P<path>[^\s:]+)(?:\ =\ (?:"(?:[^"\\]|\\.)*"|\([^)]*\)|[^\s:]+))?:\ )?
    (?P<problem>.*?);\ (?P<remedy>.*)""",
    re.VERBOSE,
)
WAYS = re.compile(
    r",? or (?=(?:write|set|remove|raise|lower|give|take|use|put|leave|fractional)\b)|\? (?=allowed)|; (?=if)"
)
WRITE = re.compile(r"(?:\b(?:write|set|use)(?: at most)?(?: e\.g\.)?|, e\.g\.|^) ?([a-z_.]+): (.+?)(?: here)?$")
STEPS = 12
"""`lower it` does not say how far: halved so many times at most."""


@dataclass(frozen=True, slots=True)
class Refusal:
    path: tuple[str | int, ...]
    problem: str
    remedy: str

    def ways(self) -> list[str]:
        """`lower it or risk.max` are two."""
        return [re.sub(r"^off ", "take it off ", way) for one in WAYS.split(self.remedy) for way in _both(one.strip())]


def _both(way: str) -> list[str]:
    told = re.fullmatch(r"(lower|raise) ([a-z_]+) or ([a-z_.]+)", way)
    return [f"{told[1]} {told[2]}", f"{told[1]} {told[3]}"] if told else [way]


def refusal_of(sentence: str) -> Refusal:
    told = SENTENCE.fullmatch(sentence)
    assert told, f"not `file:line: field: problem; remedy`: {sentence}"
    parts = re.findall(r"[\w-]+|\[\d+\]", told["path"] or "")
    path = tuple(int(p[1:-1]) - 1 if p.startswith("[") else p for p in parts)
    return Refusal(path, told["problem"], told["remedy"])


def written(value: Any) -> str:
    """A book in one line, each word as it was typed: a number that was quoted is one no more."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return value or "''"


def mended(text: str, refusal: Refusal, way: str) -> Iterator[str]:
    """The book as it is once somebody has done this; more than one where the sentence does not say how far.

    Raises: LookupError for words that only a person understands.
    """
    book = yaml.load(text, yaml.BaseLoader)
    path = refusal.path
    if told := re.match(r"allowed: ([\w, ]+)|write one of (\d[\d, ]+)", way):
        yield from (written(_put(book, path, word)) for word in (told[1] or told[2]).split(", "))
    elif told := re.search(r"add to the book: confirm: \[(.+)\]", way):
        yield written(_put(book, ("confirm",), [told[1]]))
    elif told := WRITE.search(way):
        value = told[2] if re.fullmatch(r'"\w+"', told[2]) else yaml.load(told[2], yaml.BaseLoader)
        yield written(_put(book, _place(path, told[1]), value))
    elif told := re.match(r"did you mean ([\w.]+)", way):
        yield written(_meant(book, path, told[1]))
    elif told := re.match(r'put it in quotes: (".*")', way):
        yield written(_put(book, path, told[1]))
    elif re.match(r"remove (it|them|the line)|leave them out|take it off this list|give no", way):
        yield written(_put(book, path, None))
    elif told := re.match(r"(?:lower|raise) ([a-z_.]+)$|(?:lower|raise) it to at", way):
        target = path if told[1] in ("it", "them", None) else _place(path, told[1])
        yield from _steps(book, target, 0.5 if way.startswith("lower") else 2)
    else:
        raise LookupError(way)


def _place(path: tuple[str | int, ...], key: str) -> tuple[str | int, ...]:
    """Where a setting belongs that is named beside a field: its whole path, the section complained of, or beside it."""
    if "." in key:
        return tuple(key.split("."))
    if key in path[:-1]:  # of a list, one entry of which is wrong
        return path[: path.index(key) + 1]
    inside = model_at(Book, tuple(map(str, path)))
    return (*path, key) if inside is not None and key in inside.model_fields else (*path[:-1], key)


def _put(book: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy with this value at a place, or with nothing there for None."""
    made = copy.deepcopy(book)
    found: Any = made
    for key in path[:-1]:
        if isinstance(found, dict) and not isinstance(found.get(str(key)), dict | list):
            found[str(key)] = {}
        found = found[key]
    if value is None:
        del found[path[-1]]
    else:
        found[path[-1]] = value
    return made


def _meant(book: dict[str, Any], path: tuple[str | int, ...], word: str) -> dict[str, Any]:
    """Another value in its place, or the same under another key."""
    value = _at(book, path)
    if isinstance(path[-1], int) or (isinstance(value, str) and field_at(Book, tuple(map(str, path)))):
        return _put(book, path, word)
    to = tuple(word.split(".")) if "." in word else (*path[:-1], word)
    return _put(_put(book, path, None), to, value)


def _at(book: Any, path: tuple[str | int, ...]) -> Any:
    """What is written there, else what the book means without it."""
    found: Any = book
    for key in path:
        found = found[key] if isinstance(key, int) else found.get(key) if isinstance(found, dict) else None
    info = field_at(Book, tuple(map(str, path)))
    return info.default if found is None and info is not None else found


def _steps(book: dict[str, Any], path: tuple[str | int, ...], factor: float) -> Iterator[str]:
    """Half of it, and half of that; or twice. Of a mapping all its figures."""
    value = _at(book, path)
    for step in range(1, STEPS + 1):
        yield written(_put(book, path, _times(value, factor**step)))


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {key: _times(item, factor) for key, item in value.items()}
    if not re.fullmatch(r"-?[\d.]+", str(value)):
        raise LookupError(f"{value} is no figure")
    return f"{float(value) * factor:g}"
