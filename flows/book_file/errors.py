"""A mistake in a book file, as a value, and the sentence it is reported in."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

Path = tuple[str, ...]
"""Where something stands in a book file: keys from the top down, places of a list as `[1]`, `[2]`."""

HIDDEN = "(hidden)"
"""Shown instead of what may be a credential."""
LONGEST_VALUE = 60
_SECRET_WORDS = (
    "key|secret|token|password|passwd|passphrase|pass|pwd|pin|credentials?|auth|bearer|apikey|apisecret|private"
)
_SECRET_NAME = re.compile(
    rf"(?:^|[^a-z])(?:{_SECRET_WORDS})s?(?:$|[^a-z])|secret|passw|token|credential|apikey|privatekey|accesskey"
)
_NO_SECRETS = frozenset({"unique_keys", "credentials_block"})
"""Settings whose names only sound like it."""
_SECRET_VALUE = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])[A-Za-z0-9+/=_\-]{16,}|-----BEGIN")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with a book file."""

    path: Path
    """Empty when it is about the file as a whole."""
    line: int
    """From 1; 0 when there is no line to point to."""
    value: str | None
    """What stands there, ready to be shown; None when nothing does."""
    problem: str
    remedy: str
    compared: tuple[Path, ...] = field(default=())
    """Other fields the judgement rests on: while one of them is itself wrong, it is not passed."""

    def sentence(self, file: str) -> str:
        """`file:line: field = value: problem; remedy`."""
        where = f"{file}:{self.line}" if self.line else file
        subject = ".".join(_short(key) or '""' for key in self.path).replace(".[", "[")
        if subject and self.value is not None:
            subject = f"{subject} = {self.value}"
        sentence = ": ".join(part for part in (where, subject, f"{self.problem}; {self.remedy}") if part)
        return "".join(_printable(character) for character in sentence)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _printable(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def place(index: int) -> str:
    """How a path names the item of a list; `index` counts from 0, a reader from 1."""
    return f"[{index + 1}]"


def looks_secret(name: str) -> bool:
    """Whether a key or an environment variable of this name is likely to carry a credential."""
    spread = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return name not in _NO_SECRETS and _SECRET_NAME.search(spread.lower()) is not None


def shown(value: object, path: Path = ()) -> str | None:
    """A value as a message may show it: short, on one line, and never a likely credential."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return f"(a mapping of {len(value)})"
    if isinstance(value, list | tuple):
        return f"(a list of {len(value)})"
    if isinstance(value, bool):
        return str(value).lower()
    text = figure(value) if isinstance(value, float | Decimal) else str(value)
    if any(looks_secret(key) for key in path) or _SECRET_VALUE.search(text):
        return HIDDEN
    text = " ".join(text.split()) if text.strip() else text
    return f'"{_short(text)}"' if isinstance(value, str) else _short(text)


def judged(path: Path, value: object, problem: str, remedy: str, *compared: Path) -> Mistake:
    """A mistake of sense rather than form; its line is found later, from the path."""
    return Mistake(path, 0, shown(value, path), problem, remedy, compared)


def figure(number: float | Decimal) -> str:
    """A number as a person writes it into a book file: no exponent and no trailing zeros where that stays short."""
    exact = Decimal(str(number))
    if not math.isfinite(exact) or not -12 < exact.adjusted() < 16:
        return str(number)
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, whatever the case; None when none is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    close = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def related(one: Path, other: Path) -> bool:
    """Whether two paths are the same or one holds the other."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
