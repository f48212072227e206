"""`${NAME}` and `${NAME:-default}` in a book file: settings of the machine may go in, credentials may not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.book_file.errors import looks_secret

_REFERENCE = re.compile(r"\$\{([^{}]*)(\}|$)")
_FORM = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Filled:
    """A text after its variables went in."""

    text: str
    used: dict[str, str] = field(default_factory=dict)
    """Environment variables that went in, with the value each gave."""
    complaints: tuple[tuple[str, str], ...] = ()
    """(problem, remedy) of each reference that could not be filled."""


def fill(text: str, environ: Mapping[str, str]) -> Filled:
    """Replace every reference once (what a variable gives is not read again).

    A variable that is empty counts as unset, as in a shell's `${NAME:-default}`.
    """
    used: dict[str, str] = {}
    complaints: list[tuple[str, str]] = []

    def give(match: re.Match[str]) -> str:
        form = _FORM.fullmatch(match[1])
        if form is None or match[2] != "}":
            complaints.append(("a reference to the environment is malformed", "write ${NAME} or ${NAME:-default}"))
            return ""
        name, default = form[1], form[2]
        if looks_secret(name):
            complaints.append(_secret(name))
            return ""
        value = environ.get(name) or default
        if value is None:
            complaints.append((f"environment variable {name} is not set", f"set it, or write ${{{name}:-default}}"))
            return ""
        if not is_text(value):
            complaints.append((f"environment variable {name} is not UTF-8 text", "set it to plain text"))
            return ""
        if "${" in value:
            complaints.append((f"environment variable {name} holds a reference itself", "set it to a plain value"))
            return ""
        used[name] = value
        return value

    return Filled(_REFERENCE.sub(give, text), used, tuple(complaints))


def is_text(value: str) -> bool:
    """Whether it can be written down: no halves of characters, as bytes that are no UTF-8 become in the environment."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _secret(name: str) -> tuple[str, str]:
    return (
        f"{name} looks like a credential, and a book is stored and shown",
        "remove it: the broker's adapter reads credentials from the environment or a Prefect block by itself",
    )
