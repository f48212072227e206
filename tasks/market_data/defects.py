"""Gathers what is wrong with files, so that a person mends all of it at once and not one cell a run."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from tasks.errors import BadDataError
from tasks.wording import counted

MOST_TOLD = 10
T = TypeVar("T")


@dataclass
class Defects:
    """What was found so far, a sentence each."""

    found: list[str] = field(default_factory=list[str])

    def tried(self, read: Callable[[], T], instead: T) -> T:
        """What is read; or where that is refused `instead`, and the sentence is kept."""
        try:
            return read()
        except BadDataError as error:
            self.found.append(str(error))
            return instead


@contextmanager
def all_defects() -> Generator[Defects]:
    """Everything that is tried inside is tried to the end. Raises: BadDataError with all that was found."""
    defects = Defects()
    yield defects
    if defects.found:
        raise BadDataError(_sentence(defects.found))


def _sentence(found: list[str]) -> str:
    if len(found) == 1:
        return found[0]
    shown = "\n".join(f" - {each}" for each in found[:MOST_TOLD])
    more = f"\n - and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
    return f"{counted(len(found), 'defect')} in the data's files, mend all of them:\n{shown}{more}"
