"""The Prefect run this process is in: its id, the day its schedule meant, and the log that Prefect keeps of it."""

import logging
import sys
from datetime import date
from logging import Logger, LoggerAdapter, LogRecord
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tasks.context import StepEvent
from tasks.errors import SteelyardError

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

WANTS_A_PERSON = ("stopped", "waiting", "cancelled", "failed")
"""How a step or a session stands that does not go on by itself."""
_COMPLETED = "Finished in state Completed()"


def hush_tasks() -> None:
    """Prefect's own words at the end of a task say nothing that the step has not said better, in a line.

    Of what the program stops for on purpose that is a traceback; of a crash it stays.
    """
    tasks_log = logging.getLogger("prefect.task_runs")
    if _says_more not in tasks_log.filters:
        tasks_log.addFilter(_says_more)


def _says_more(record: LogRecord) -> bool:
    stopped = record.exc_info is not None and isinstance(record.exc_info[1], SteelyardError)
    return not stopped and record.getMessage() != _COMPLETED


def current_run_id() -> str:
    """Empty outside a run."""
    run = current_run()
    return str(run.id) if run is not None else ""


def server_of_run() -> str:
    """The address of the server that keeps this run, with its /api; empty outside a run."""
    if current_run() is None:
        return ""
    from prefect.settings import PREFECT_API_URL

    return PREFECT_API_URL.value() or ""


def scheduled_day(zone: ZoneInfo) -> date | None:
    """The day for which a schedule fired this run, at the exchange; None for a run that somebody started."""
    run = current_run()
    if run is None or not run.auto_scheduled or run.expected_start_time is None:
        return None
    return run.expected_start_time.astimezone(zone).date()


def run_log() -> "Logger | LoggerAdapter[Logger]":
    """Only inside a run."""
    from prefect.logging import get_run_logger

    return get_run_logger()


def log_event(event: StepEvent) -> None:
    """One line an event, told to nobody outside a run; a step that stopped is a warning: the run's end is the error."""
    if current_run() is None:
        return
    took = f" ({event.seconds:.1f} s)" if event.seconds else ""
    said = f": {event.sentence}" if event.sentence else ""
    tell = run_log().warning if event.state in WANTS_A_PERSON else run_log().info
    tell(f"{event.step} {event.state}{took}{said}")


def current_run() -> "FlowRun | None":
    """None outside a run."""
    if "prefect" not in sys.modules:  # whoever is in a run has imported it; others shall not wait for it
        return None
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    return context.flow_run if context is not None else None
