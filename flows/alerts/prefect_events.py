"""Events of the desk as Prefect's automations hear them, posted by a thread of its own that nobody waits for."""

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from uuid import uuid4

from flows.prefect_rest import call, headers_from
from tasks.events import BOOK_LABEL, SESSION_LABEL, SEVERITY_LABEL, WORDS
from tasks.model.desk_event import DeskEvent, by_name

MOST_WAITING = 1_000
"""Of events that the server has not taken yet; beyond them the oldest are let go."""
MOST_KEYS, MOST_SENTENCES = 100, 10
"""Of one event that stands for a batch; the log of events has a line for each."""
LAST_WORDS_SECONDS = 5
"""How long the end of a run waits for a slow server to take what is left."""
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What the events of a run have in common."""

    book: str
    session: str
    run_id: str = ""
    """Of Prefect; empty for what happens outside of one."""
    run_name: str = ""


def bodies(origin: Origin, events: Sequence[DeskEvent], at: datetime) -> list[Body]:
    """What the server is told: of a batch one event for each name, with all that it stands for as its payload."""
    return [_body(origin, name, same, at) for name, same in by_name(events).items()]


def _body(origin: Origin, name: str, same: Sequence[DeskEvent], at: datetime) -> Body:
    worst = max((event.severity for event in same), key=list(WORDS).index)
    left = len(same) - MOST_SENTENCES
    sentences = [event.sentence for event in same[:MOST_SENTENCES]] + ([f"and {left} more"] if left > 0 else [])
    related = {
        "prefect.resource.id": f"prefect.flow-run.{origin.run_id}",
        "prefect.resource.role": "flow-run",
        "prefect.resource.name": origin.run_name,
    }
    return {
        "id": str(uuid4()),
        "occurred": at.isoformat(),
        "event": f"steelyard.{name}",
        "resource": {
            "prefect.resource.id": f"steelyard.book.{origin.book}",
            "prefect.resource.name": origin.book,
            BOOK_LABEL: origin.book,
            SESSION_LABEL: origin.session,
            SEVERITY_LABEL: WORDS[worst],
        },
        "related": [related] if origin.run_id else [],
        "payload": {
            "book": origin.book,
            "session": origin.session,
            "count": len(same),
            "sentence": "\n".join(sentences),
            "keys": [event.key for event in same if event.key][:MOST_KEYS],
            "figures": [dict(event.figures) for event in same[:MOST_SENTENCES]],
        },
    }


class Outbox:
    """Takes bodies at once and sends them one after the other; a server that is away costs the events and no time."""

    def __init__(self, send: Callable[[list[Body]], None], last_words_s: float = LAST_WORDS_SECONDS) -> None:
        self._send, self._last_words_s = send, last_words_s
        self._waiting: deque[Body] = deque(maxlen=MOST_WAITING)
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="events", daemon=True)

    def __enter__(self) -> "Outbox":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(self._last_words_s)

    def put(self, told: Sequence[Body]) -> None:
        with self._changed:
            self._waiting.extend(told)
            self._changed.notify()

    def _work(self) -> None:
        while taken := self._taken():
            try:
                self._send(taken)
            except Exception:  # noqa: BLE001 - whatever ails whoever listens, the session goes on
                continue

    def _taken(self) -> list[Body]:
        """All that waits; nothing once the run is over and everything was sent."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or self._closing)
            taken = list(self._waiting)
            self._waiting.clear()
            return taken


def post(url: str, environment: Mapping[str, str] = os.environ) -> Callable[[list[Body]], None]:
    """Tells the server at `url`, which ends with /api; what it does not take is let go."""
    headers = headers_from(environment)

    def send(told: list[Body]) -> None:
        call(url, "/events", told, headers=headers)

    return send


def utc_now() -> datetime:
    return datetime.now(UTC)
