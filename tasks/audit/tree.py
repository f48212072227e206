"""A trace as a tree: each thing on record with what it rests on beneath it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """One thing on record, and what it rests on as its children."""

    kind: str
    """`report`, `session`, `order`, `slice`, `event`, `execution`, `plan`, `line`, `answer`, `target`, `finding`,
    `snapshot`, `break`, `explanation`, `write_off`."""
    name: str
    """Its id, by which it can be traced itself; empty where it has none."""
    words: str
    """What a person reads."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a program reads; amounts are text."""
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """This one and everything beneath it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()

    def as_plain(self) -> dict[str, Any]:
        """Of dicts and lists, children included, as JSON wants it; figures stay the text they are on record."""
        return {
            "kind": self.kind,
            "name": self.name,
            "words": self.words,
            "facts": dict(self.facts),
            "children": [child.as_plain() for child in self.children],
        }
