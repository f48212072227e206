"""Who hears what a run does: the log of events always, Prefect where a server keeps the run."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flows.alerts.event_log import EventLog
from flows.alerts.prefect_events import Origin, Outbox, bodies, post, utc_now
from flows.alerts.settings import log_settings
from flows.prefect_run import current_run, server_of_run
from tasks.context import Announce, Observer, StepEvent
from tasks.model.cycle import Cycle
from tasks.model.desk_event import DeskEvent


@contextmanager
def announced(cycle: Cycle, home: Path, observer: Observer) -> Iterator[tuple[Observer, Announce]]:
    """The same observer, whose steps are in the log of events too, and what tells everybody of a batch of events."""
    run, url = current_run(), server_of_run()
    origin = Origin(cycle.book, cycle.session.isoformat(), str(run.id) if run else "", run.name if run else "")
    log = EventLog(log_settings(home, os.environ), _common(cycle, origin))
    with ExitStack() as stack:
        stack.callback(log.close)
        outbox = stack.enter_context(Outbox(post(url))) if run and url else None

        def hear(event: StepEvent) -> None:
            observer(event)
            log.write([_step_line(event)])

        def announce(events: Sequence[DeskEvent]) -> None:
            log.write([line_of(event) for event in events])
            if outbox is not None:
                outbox.put(bodies(origin, events, utc_now()))

        yield hear, announce


def _common(cycle: Cycle, origin: Origin) -> dict[str, Any]:
    return {
        "book": origin.book,
        "session": origin.session,
        "kind": cycle.kind,
        "attempt": cycle.attempt,
        "run": origin.run_id,
    }


def line_of(event: DeskEvent) -> dict[str, Any]:
    """Its line in the log of events."""
    about = {"key": event.key} if event.key else {}
    return {
        "event": event.name,
        "severity": event.severity.value,
        **about,
        "sentence": event.sentence,
        **({"figures": dict(event.figures)} if event.figures else {}),
    }


def _step_line(event: StepEvent) -> dict[str, Any]:
    return {
        "event": f"step.{event.state}",
        "severity": "info",
        "step": event.step,
        "seconds": round(event.seconds, 3),
        "sentence": event.sentence,
    }
