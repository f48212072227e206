"""Server-sent events of the account as they came: the data of each, and what got lost on the way; pure.

A line that begins with a colon is a comment. Most are heartbeats; some say that something was dropped.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.model.json_values import is_object

LOSSES = ("dropped", "too slow", "error")
"""Words of a comment that tells of a loss; every other one is free text without a meaning."""
DATA, COMMENT = "data:", ":"


@dataclass(frozen=True, slots=True)
class StreamEvents:
    """What a stream has told; each event stands for itself, so some of them are better than none."""

    events: tuple[Mapping[str, Any], ...] = ()
    trouble: str = ""
    """Why there may be more; empty where the stream came to its end and was read."""
    closed: str = ""
    """Why this key or account is not told any."""


def events_in(text: str, trouble: str = "") -> StreamEvents:
    """The events of a stream's text; `trouble` is what the wire says of it.

    What follows the last empty line is an event that was cut off: it is none.
    """
    found: list[Mapping[str, Any]] = []
    troubles = [trouble] if trouble else []
    for block in _blocks(text):
        troubles += [line[1:].strip() for line in block if line.startswith(COMMENT) and _is_loss(line)]
        data = "\n".join(line[len(DATA) :].removeprefix(" ") for line in block if line.startswith(DATA))
        if data:
            event = _object(data)
            troubles += [] if event is not None else ["an event that cannot be read"]
            found += [] if event is None else [event]
    return StreamEvents(tuple(found), "; ".join(dict.fromkeys(troubles)))


def _blocks(text: str) -> Iterator[list[str]]:
    """Lines up to each empty line; a comment may also stand behind the last one."""
    block: list[str] = []
    for line in text.splitlines():
        if line:
            block.append(line)
            continue
        yield block
        block = []
    yield [line for line in block if line.startswith(COMMENT)]


def _is_loss(line: str) -> bool:
    return any(word in line.lower() for word in LOSSES)


def _object(data: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(data)
    except ValueError:
        return None
    return event if is_object(event) else None
