"""What was read from JSON and may be anything: asked once whether it is an object or a list, known from then on."""

from collections.abc import Mapping
from typing import Any, TypeGuard


def is_object(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """JSON's objects have names that are texts."""
    return isinstance(value, Mapping)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Of anything: what is in it is asked one by one."""
    return isinstance(value, list)


def is_list_of_objects(value: Any) -> TypeGuard[list[Mapping[str, Any]]]:
    """An empty one too."""
    return is_list(value) and all(is_object(one) for one in value)
