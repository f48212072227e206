"""From a path, or from the journal's record, to a book: read, understand, judge, and stop once with every mistake."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from flows.book_file.checks import doubts, problems
from flows.book_file.error_messages import explain
from flows.book_file.errors import Mistake, nearest, related
from flows.book_file.referenced_files import Companions, gather
from flows.book_file.yaml_reader import Parsed, filled, parse
from tasks.book.model import Book
from tasks.errors import ConfigError


def recorded_book(text: str, path: Path | str) -> Book:
    """The book of a recorded text, which passed every check when it was recorded; `path` anchors its file names."""
    book = Book.model_validate(parse(text, {}).values)
    return with_absolute_paths(book, Path(os.path.abspath(path)).parent)


_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class LoadedBook:
    """A book that passed, and the text that says so without the environment."""

    book: Book
    """Its file paths are absolute: relative ones were taken from the folder of the book file."""
    path: Path
    text: str
    """The file with its variables filled in: reading it again gives the same book in any environment."""
    sha256: str
    """Of `text`, hex; without variables and byte order mark that is the file's own."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that went in."""
    warnings: tuple[str, ...] = ()
    """Sentences on what is allowed but probably not meant."""


def load_book(path: Path | str, environ: Mapping[str, str] | None = None) -> LoadedBook:
    """Read a book file and everything it names.

    Raises: ConfigError with one line a mistake, `file:line: field = value: problem; remedy`, all of them, in the order
    of the file.
    """
    path = Path(path)
    text = _decode(_read(path), path)
    parsed = parse(text, os.environ if environ is None else environ)
    book, mistakes = _validated(parsed)
    folder = Path(os.path.abspath(path)).parent
    companions = gather(book, folder) if book else Companions()
    if book:
        mistakes += _sound(problems(book, companions), mistakes)
    if mistakes or book is None:
        raise ConfigError(_report(mistakes, parsed, path))
    warnings = tuple(_placed(doubt, parsed).sentence(str(path)) for doubt in doubts(book, companions))
    text = filled(text, parsed)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return LoadedBook(with_absolute_paths(book, folder), path, text, sha256, parsed.variables, warnings)


def _validated(parsed: Parsed) -> tuple[Book | None, list[Mistake]]:
    """The book and the mistakes so far; with mistakes, what book is left without the wrong lines, if any."""
    mistakes = list(parsed.mistakes)
    if any(not mistake.path for mistake in mistakes):
        return None, mistakes
    try:
        return _model(parsed.values), mistakes
    except ValidationError as error:
        mistakes += explain(Book, error.errors(include_url=False), parsed)
    try:
        return _model(_without(parsed.values, mistakes)), mistakes
    except ValidationError:
        return None, mistakes


def _model(values: dict[str, object]) -> Book:
    """Strict, by way of JSON: there a list may be a tuple and a word a path, but true is no number and "5" neither."""
    return Book.model_validate_json(json.dumps(values, allow_nan=False), strict=True)


def _without(values: dict[str, object], mistakes: list[Mistake]) -> dict[str, object]:
    """The values without the settings complained about; a list goes as a whole."""
    kept = json.loads(json.dumps(values))
    for mistake in mistakes:
        holder = kept
        for key in mistake.path[:-1]:
            inner = holder.get(key)
            if not isinstance(inner, dict):
                break
            holder = inner
        else:
            holder.pop(mistake.path[-1], None)
            continue
        holder.pop(key, None)
    return kept


def _sound(judged: list[Mistake], mistakes: list[Mistake]) -> list[Mistake]:
    """Judgements that rest on nothing that is itself wrong."""
    wrong = [mistake.path for mistake in mistakes]
    return [m for m in judged if not any(related(path, w) for path in (m.path, *m.compared) for w in wrong)]


def _placed(mistake: Mistake, parsed: Parsed) -> Mistake:
    if mistake.line:
        return mistake
    return Mistake(mistake.path, parsed.line_of(mistake.path), mistake.value, mistake.problem, mistake.remedy)


def _report(mistakes: list[Mistake], parsed: Parsed, path: Path) -> str:
    placed = [_placed(mistake, parsed) if mistake.path else mistake for mistake in mistakes]
    return "\n".join(mistake.sentence(str(path)) for mistake in sorted(placed, key=lambda m: (m.line, m.path)))


def with_absolute_paths(book: Book, folder: Path) -> Book:
    """The same book with every path it names taken from the folder of the book file."""

    def absolute(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    universe = book.universe.model_copy(update={"file": absolute(book.universe.file)})
    objective = book.objective.model_copy(update={"weights_file": absolute(book.objective.weights_file)})
    paths = ("daily_path", "intraday_path", "actions_path")
    data = book.data.model_copy(update={name: absolute(getattr(book.data, name)) for name in paths})
    return book.model_copy(update={"universe": universe, "objective": objective, "data": data})


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise ConfigError(f"{path}: this is a folder; name the book file in it, e.g. {path / 'demo.yaml'}")
    if not path.exists():
        raise ConfigError(f"{path}: there is no such file; {_near_file(path)}")
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: it cannot be read ({error.strerror}); check who may read it") from error
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"{path}: it is larger than 1 MB; a book is a page of settings, is this another file?")
    return content


def _near_file(path: Path) -> str:
    folder = path.parent
    known = [p.name for p in sorted(folder.glob("*.y*ml"))] if folder.is_dir() else []
    close = nearest(path.name, known)
    return f"did you mean {folder / close}?" if close else "`steelyard init` writes a new one"


def _decode(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: the file is not UTF-8 text; save it with the encoding UTF-8") from error
