"""What an examination found of one subject, and how a question to a broker becomes one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.errors import SteelyardError
from tasks.retry import SHORT_PATIENCE, Clocked, pause_at, with_retries


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of an examination."""

    subject: str
    well: bool
    words: str
    remedy: str = ""
    """What to do; of a line that is well, what to know before the first session."""

    def plain(self) -> dict[str, Any]:
        """By field name, as `--json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


def asked(subject: str, question: Callable[[], CheckResult], broker: Clocked | None = None) -> CheckResult:
    """The question's own finding; an error of ours is one too, and its last words are the remedy.

    broker: who is asked; a question without an answer is asked again, on its clock, before it is a finding.
    """
    try:
        return question() if broker is None else with_retries(question, SHORT_PATIENCE, pause_at(broker))
    except SteelyardError as error:
        words, _, remedy = str(error).rpartition("; ")
        return CheckResult(subject, False, words or remedy, remedy if words else "look at the broker, then ask again")


def are_well(found: Sequence[CheckResult]) -> bool:
    """Whether nothing was found wrong; nothing found at all is no good sign."""
    return bool(found) and all(health.well for health in found)
