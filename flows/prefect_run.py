"""The Prefect run this process is in: its id, the day its schedule meant, and the log that Prefect keeps of it."""

import sys
from datetime import date
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tasks.context import StepEvent

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun


def current_run_id() -> str:
    """Empty outside a run."""
    run = _current_run()
    return str(run.id) if run is not None else ""


def scheduled_day(zone: ZoneInfo) -> date | None:
    """The day for which a schedule fired this run, at the exchange; None for a run that somebody started."""
    run = _current_run()
    if run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return run.expected_start_time.astimezone(zone).date()


def run_log() -> "Logger | LoggerAdapter[Logger]":
    """Only inside a run."""
    from prefect.logging import get_run_logger

    return get_run_logger()


def log_event(event: StepEvent) -> None:
    """One line an event, told to nobody outside a run; a step that stopped is a warning: the run's end is the error."""
    if _current_run() is None:
        return
    took = f" ({event.seconds:.1f} s)" if event.seconds else ""
    said = f": {event.sentence}" if event.sentence else ""
    tell = run_log().warning if event.state == "stopped" else run_log().info
    tell(f"{event.step} {event.state}{took}{said}")


def _current_run() -> "FlowRun | None":
    if "prefect" not in sys.modules:  # whoever is in a run has imported it; others shall not wait for it
        return None
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return context.flow_run if context is not None else None
