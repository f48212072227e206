"""What a broker has to say about its own answers: something is late, or is not the book's, and all else can be used."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from tasks.model.plan import Finding, Severity


class RemarkKind(StrEnum):
    """What an answer of a broker leaves open."""

    CORRECTIONS_LATE = "corrections_late"
    """Busts and corrections were not all told; those on record stand although the broker does not repeat them."""
    CORRECTIONS_CLOSED = "corrections_closed"
    """This account or key may not read them: none are told, however often it is asked."""
    NOT_OURS = "not_ours"
    """An order or a trade that somebody else made and that no book can hold or no program can read."""
    QUOTES_STALE = "quotes_stale"
    """What feeds the broker's quotes is down; they count as of the moment it went."""
    BARS_MISSING = "bars_missing"
    """What feeds the broker's bars is down."""


CORRECTIONS = frozenset({RemarkKind.CORRECTIONS_LATE, RemarkKind.CORRECTIONS_CLOSED})
"""Of which an answer's silence about a correction proves nothing."""
FEEDS = frozenset({RemarkKind.QUOTES_STALE, RemarkKind.BARS_MISSING})
"""Told by every step that decides on quotes or bars."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What the operator has to know of an answer that was good enough to go on with."""

    kind: RemarkKind
    words: str
    """One sentence without its full stop."""


@runtime_checkable
class Remarks(Protocol):
    """A broker, or what stands in front of one, whose answers may need a word."""

    def remarks(self) -> tuple[Remark, ...]:
        """What a person should know of the answers given last; it asks nobody."""
        ...


def remarks_of(broker: object) -> tuple[Remark, ...]:
    """Empty for a broker that never has any."""
    return broker.remarks() if isinstance(broker, Remarks) else ()


def corrections_are_late(broker: object) -> bool:
    """Whether busts and corrections were not all told, now or ever."""
    return any(remark.kind in CORRECTIONS for remark in remarks_of(broker))


def feed_remarks(broker: object) -> tuple[Remark, ...]:
    """What is wrong with its quotes or bars now."""
    return tuple(remark for remark in remarks_of(broker) if remark.kind in FEEDS)


def findings_of(remarks: Iterable[Remark], broker: str) -> list[Finding]:
    """A warning for each, about the broker of this name."""
    return [Finding(Severity.WARN, remark.kind.value, broker, remark.words) for remark in remarks]


def summary_of_remarks(broker: object) -> str:
    """All of them as the end of a sentence; empty where there are none."""
    return "".join(f"; {remark.words}" for remark in remarks_of(broker))
