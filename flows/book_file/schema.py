"""What the book's model says about one field: its section, its range, its allowed values, an example."""

import types
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import Path as FilePath
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flows.book_file.errors import Path, figure


def field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field a path leads to; inside a mapping or a list, the field that holds it; None for an unknown key."""
    found: FieldInfo | None = None
    current: type[BaseModel] | None = model
    for key in path:
        if current is None:
            inner = section_of(_item_type(found.annotation)) if found else None
            if inner is None:
                return found
            current = inner
            continue
        if key not in current.model_fields:
            return None
        found = current.model_fields[key]
        current = section_of(found.annotation)
    return found


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The section a path leads to, None when it leads to a value or nowhere."""
    if not path:
        return model
    found = field_at(model, path)
    if found is None:
        return None
    parent = field_at(model, path[:-1]) if len(path) > 1 else None
    if parent is found:
        return section_of(_item_type(found.annotation))
    return section_of(found.annotation)


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The section class an annotation stands for, None for a plain value."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _item_type(annotation: Any) -> Any:
    """Type of a mapping's values or a list's items."""
    arguments = [argument for argument in get_args(annotation) if argument is not Ellipsis]
    return arguments[-1] if arguments and get_origin(annotation) in (dict, tuple, list) else annotation


def allowed_values(annotation: Any) -> tuple[str, ...]:
    """Every word a field takes, in the order of the model; empty when it takes other things than words."""
    if get_origin(annotation) is Literal:
        return tuple(str(value) for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(member.value) for member in annotation)
    if get_origin(annotation) in (Union, types.UnionType, dict, tuple):
        return tuple(word for argument in get_args(annotation) for word in allowed_values(argument))
    return ()


def allowed_range(info: FieldInfo) -> str:
    """The range of a number in words, e.g. `above 0 and at most 100`; empty when it has none."""
    bounds: list[str] = []
    for rule in info.metadata:
        if isinstance(rule, annotated_types.Gt):
            bounds.append(f"above {_figure(rule.gt)}")
        if isinstance(rule, annotated_types.Ge):
            bounds.append(f"at least {_figure(rule.ge)}")
        if isinstance(rule, annotated_types.Lt):
            bounds.append(f"below {_figure(rule.lt)}")
        if isinstance(rule, annotated_types.Le):
            bounds.append(f"at most {_figure(rule.le)}")
    return " and ".join(bounds)


def example(name: str, info: FieldInfo) -> str:
    """One line that would be accepted: the default where there is one, else the plainest value of the type."""
    words = allowed_values(info.annotation)
    if info.examples:
        return f"{name}: {written(info.examples[0])}"
    if not info.is_required() and info.default not in (None, (), {}) and not isinstance(info.default, BaseModel):
        return f"{name}: {written(info.default)}"
    kinds = {info.annotation, *get_args(info.annotation)}
    if section := section_of(info.annotation):
        return f"{name}: {_example_section(section)}"
    if get_origin(info.annotation) is tuple:
        inner = section_of(_item_type(info.annotation))
        return f"{name}: [{_example_section(inner)}]" if inner else f"{name}: [AAPL, MSFT]"
    if get_origin(info.annotation) is dict:
        return f"{name}: {_example_mapping(info, words)}"
    if words:
        return f"{name}: {words[0]}"
    if date in kinds:
        return f"{name}: 2022-12-28"
    if FilePath in kinds:
        return f"{name}: prices.csv"
    if str in kinds:
        return f"{name}: main"
    return f"{name}: 1000000" if name.endswith("_usd") else f"{name}: 10"


def _example_mapping(info: FieldInfo, words: tuple[str, ...]) -> str:
    inner = section_of(_item_type(info.annotation))
    if inner and any(field.is_required() for field in inner.model_fields.values()):
        return f"{{a: {_example_section(inner)}}}"
    if inner:
        return f"{{Energy: {{{next(reversed(inner.model_fields))}: 30}}}}"
    return f"{{AAPL: {words[0] if words else '10'}}}"


def _example_section(section: type[BaseModel]) -> str:
    """The settings that it cannot do without, or the first."""
    fields = section.model_fields
    needed = {name: info for name, info in fields.items() if info.is_required()} or dict([next(iter(fields.items()))])
    return "{" + ", ".join(example(name, info) for name, info in needed.items()) + "}"


def written(value: object) -> str:
    """A value of the model as a book file writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(written(item) for item in value) + "]"
    if value == "":
        return '""'
    if isinstance(value, Enum | str | FilePath):
        return str(value)
    return figure(value)  # type: ignore[arg-type]


def _figure(bound: object) -> str:
    return figure(float(str(bound)))
