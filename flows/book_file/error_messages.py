"""From pydantic's complaint about a field to a sentence with the remedy."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from flows.book_file.errors import (
    HIDDEN,
    LONGEST_VALUE,
    Mistake,
    Path,
    figure,
    looks_secret,
    nearest,
    place,
    related,
    shown,
)
from flows.book_file.schema import allowed_range, allowed_values, example, field_at, model_at
from flows.book_file.yaml_reader import Parsed

_KINDS = {
    "float_type": "a number",
    "float_parsing": "a number",
    "decimal_type": "a number",
    "decimal_parsing": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "path_type": "a path",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping of settings",
    "model_attributes_type": "a mapping of settings",
}
_YES = frozenset({"yes", "on", "y", "true", "1"})
_RANGES = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


def explain(model: type[BaseModel], errors: Iterable[ErrorDetails], parsed: Parsed) -> list[Mistake]:
    """One mistake a field; silent where the form of the field was already complained about."""
    mistakes: dict[Path, Mistake] = {}
    for error in errors:
        path = _path_of(model, error, parsed)
        if any(mistake.path and related(path, mistake.path) for mistake in parsed.mistakes):
            continue
        problem, remedy = _problem_and_remedy(model, path, error)
        value = shown(_value_at(parsed.values, path), path)
        mistakes.setdefault(path, Mistake(path, parsed.line_of(path), value, problem, remedy))
    return list(mistakes.values())


def _path_of(model: type[BaseModel], error: ErrorDetails, parsed: Parsed) -> Path:
    """Where the error stands, without pydantic's markers of a union's branch; a section's rule at a field it names."""
    path: Path = ()
    values: Any = parsed.values
    part: Any
    for part in error["loc"]:
        known = (isinstance(values, dict) and part in values) or (isinstance(values, list) and _has(values, part))
        if not known and (error["type"] != "missing" or isinstance(values, list)):
            break
        path = (*path, place(part) if isinstance(part, int) else part)
        values = values[part] if known else None
    if error["type"] != "value_error":
        return path
    section = model_at(model, path)
    named = [name for name in section.model_fields if name in error["msg"]] if section else []
    written = [name for name in named if (*path, name) in parsed.lines]
    first = min(written, key=error["msg"].index, default=None)
    return (*path, first) if first else path


def _has(values: list[Any], part: object) -> bool:
    """A list that is too short is complained about as a whole."""
    return isinstance(part, int) and part < len(values)


def _value_at(values: object, path: Path) -> object:
    for key in path:
        if isinstance(values, dict):
            values = values.get(key)
        elif isinstance(values, list):
            values = next((item for index, item in enumerate(values) if place(index) == key), None)
        else:
            return None
    return values


def _problem_and_remedy(model: type[BaseModel], path: Path, error: ErrorDetails) -> tuple[str, str]:
    kind, value = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown_key(model, path)
    info = field_at(model, path)
    if kind == "value_error":
        return _own_rule(error["msg"].removeprefix("Value error, "))
    if info is None:
        return error["msg"][:1].lower() + error["msg"][1:], "see the commented book of `steelyard init`"
    name = next(part for part in reversed(path) if not part.startswith("["))
    if kind in ("missing", "too_long") and isinstance(error["input"], (list, tuple)):
        return "it has more or fewer entries than it takes", f"write e.g. {example(name, info)}"
    if kind == "missing":
        return f"it is missing ({(info.description or name).rstrip('.')})", f"write e.g. {example(name, info)}"
    if kind in ("literal_error", "enum"):
        return _wrong_word(info, value)
    if kind in _RANGES:
        return f"it is outside its range, {allowed_range(info)}", f"write e.g. {example(name, info)}"
    if kind in _KINDS:
        return _wrong_kind(_KINDS[kind], path, info, value)
    return _other(kind, name, info, error["msg"])


def _wrong_kind(wanted: str, path: Path, info: FieldInfo, value: object) -> tuple[str, str]:
    """Something else was wanted; where the value can be read as that, say how to write it."""
    name = path[-1]
    if value is None:
        return f"it is empty, and should be {wanted}", f"remove the line, or write e.g. {example(name, info)}"
    problem = f"input should be {wanted}"
    plain = isinstance(value, str | int | float) and len(str(value)) <= LONGEST_VALUE
    if not plain or shown(value, path) == HIDDEN:
        return problem, f"write e.g. {example(name, info)}"
    meant = _as_number(value) if "number" in wanted else None
    if meant is not None and not name.startswith("["):
        return problem, f"write {name}: {meant}"
    if wanted == "text":
        return problem, f'put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if wanted == "a list" and isinstance(value, str):
        return problem, f"write {name}: [{value}]"
    if wanted == "true or false" and isinstance(value, str):
        return problem, f"write {name}: {'true' if value.lower() in _YES else 'false'}"
    return problem, f"write e.g. {example(name, info)}"


def _as_number(value: object) -> str | None:
    """The number somebody meant by `"10"`, `10%` or `$1,000`; None when it is none."""
    if not isinstance(value, str):
        return None
    digits = value.strip().strip("%$").replace(",", "").replace("_", "").strip()
    plain = digits.removeprefix("-").replace(".", "", 1)
    return figure(float(digits)) if plain.isascii() and plain.isdigit() and len(plain) <= 15 else None


def _wrong_word(info: FieldInfo, value: object) -> tuple[str, str]:
    words = allowed_values(info.annotation)
    close = nearest(value, words) if isinstance(value, str) else None
    meant = f"did you mean {close}? " if close else ""
    allowed = ", ".join(word or '""' for word in words)
    return "it is none of the allowed values", f"{meant}allowed: {allowed}"


def _own_rule(message: str) -> tuple[str, str]:
    """A section's rule says problem and remedy itself, parted by a semicolon."""
    problem, parted, remedy = message.partition("; ")
    return problem, remedy if parted else "change one of them"


def _other(kind: str, name: str, info: FieldInfo, message: str) -> tuple[str, str]:
    if kind == "finite_number":
        return "input should be a finite number", f"write e.g. {example(name, info)}"
    if kind == "string_pattern_mismatch":
        return (
            "it has characters a name cannot have or is too long",
            "write a small letter, then at most 19 small letters, digits, _ or -, e.g. book: core",
        )
    if kind in ("string_too_short", "string_too_long"):
        return f"its length is wrong ({message.removeprefix('String ')})", f"write e.g. {example(name, info)}"
    return message[:1].lower() + message[1:], f"write e.g. {example(name, info)}"


def _unknown_key(model: type[BaseModel], path: Path) -> tuple[str, str]:
    name = path[-1]
    if looks_secret(name):
        return (
            "credentials do not belong in a book, which is stored and shown",
            "remove the line and change the credential: it is read from the environment or a Prefect block",
        )
    section = model_at(model, path[:-1])
    keys = tuple(section.model_fields) if section else ()
    homes = [home for home in _homes(model, name) if home != path]
    close = nearest(name, keys)
    if homes and close is None:
        return "there is no such setting here", f"did you mean {' or '.join('.'.join(home) for home in homes)}?"
    if close:
        return "there is no such setting", f"did you mean {close}?"
    return "there is no such setting", f"known here: {', '.join(keys)}"


def _homes(model: type[BaseModel], name: str, above: Path = ()) -> list[Path]:
    """Every place of the book where a setting of this name exists."""
    found: list[Path] = [(*above, name)] if name in model.model_fields else []
    for key in model.model_fields:
        section = model_at(model, (key,))
        if section:
            found += _homes(section, name, (*above, key))
    return found
