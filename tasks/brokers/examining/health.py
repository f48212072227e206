"""What an examination found of one subject, and how a question to a broker becomes one; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.errors import SteelyardError


@dataclass(frozen=True, slots=True)
class Health:
    """One line of an examination."""

    subject: str
    well: bool
    words: str
    remedy: str = ""
    """What to do; of a line that is well, what to know before the first session."""

    def plain(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def asked(subject: str, question: Callable[[], Health]) -> Health:
    """The question's own finding; an error of ours is one too, and its last words are the remedy."""
    try:
        return question()
    except SteelyardError as error:
        words, _, remedy = str(error).rpartition("; ")
        return Health(subject, False, words or remedy, remedy if words else "look at the broker, then ask again")


def are_well(found: Sequence[Health]) -> bool:
    """Whether nothing was found wrong; nothing found at all is no good sign."""
    return bool(found) and all(health.well for health in found)
