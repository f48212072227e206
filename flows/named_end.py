"""How a run that stops on purpose stands in the Prefect UI: under a name of its own with its remedy, unlike a crash."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from flows.prefect_run import current_run
from tasks.errors import (
    HaltedError,
    LeaseError,
    NotApprovedError,
    SessionCancelledError,
    SteelyardError,
    WaitsForPersonError,
)

NAMES: tuple[tuple[type[SteelyardError], str, bool], ...] = (
    (WaitsForPersonError, "Waiting", True),
    (NotApprovedError, "Refused", True),
    (SessionCancelledError, "Cancelled", True),
    (HaltedError, "Halted", False),
    (LeaseError, "Held", False),
    (SteelyardError, "Stopped", False),
)
"""The first that fits; True where a person has decided it, so that nothing failed and the run is grey, not red."""

LOGS = "prefect.flow_runs", "prefect.engine"
"""Of a run, as its page shows it; and of the process that the run is in."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")


def named_end(flow: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Of a flow's function: what it stops for becomes the state of its run. Outside a run the error is raised as ever.

    Whoever calls the flow gets the error too: Prefect takes it out of the state again.
    """

    @wraps(flow)
    def run(*given: Given.args, **named: Given.kwargs) -> Answer:
        try:
            return flow(*given, **named)
        except SteelyardError as stop:
            if current_run() is None:
                raise
            return cast("Answer", end_of(stop))

    return run


def end_of(stop: SteelyardError) -> Any:
    """The state of a run that stops for this; its message is the operator's sentence, and nothing else is said of it.

    Prefect takes the error out of the state again and logs it, with a traceback, as one that nobody expected.
    """
    from prefect.states import Cancelled, Failed

    said_by_its_state(stop)
    name, is_decided = next((name, is_decided) for kind, name, is_decided in NAMES if isinstance(stop, kind))
    state = Cancelled if is_decided else Failed
    return state(name=name, message=str(stop), data=stop)


def said_by_its_state(stop: Exception) -> None:
    """Keep exactly this error out of the logs of run and engine; any other one is logged as ever."""

    def is_another(record: logging.LogRecord) -> bool:
        return record.exc_info is None or record.exc_info[1] is not stop

    for name in LOGS:
        logging.getLogger(name).addFilter(is_another)
