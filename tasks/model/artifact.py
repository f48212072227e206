"""What a step shows in the Prefect UI, as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a step shows in Prefect's UI."""

    title: str
    words: str = ""
    rows: Sequence[Mapping[str, Any]] = ()
    picture: str = ""
    """Markdown or text drawing placed above the table."""
    whole: str = "the journal has them"
    """Where rows are that do not fit here, as the end of a sentence."""
