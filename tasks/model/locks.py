"""What holds a symbol still, and what kind of thing it is: a plan says the kind in its short reason. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class Lock(StrEnum):
    """The reason code of a line that is held still."""

    BREAK = "locked_by_break"
    SPLIT = "locked_by_split"
    COMPANY_EVENT = "locked_by_company_event"
    WRITTEN_OFF = "written_off"


def merged(*locks: tuple[Lock, Mapping[str, str]]) -> dict[str, tuple[Lock, str]]:
    """By symbol the kind and the sentence; of several that hold one symbol, the last one named."""
    return {symbol: (kind, why) for kind, found in locks for symbol, why in found.items()}
