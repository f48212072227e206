"""How a command ends: what goes to stdout and stderr, and with which exit status."""

import json
import sys
from collections.abc import Callable
from typing import Any

from flows.signals import EndedFromOutsideError, summary_of
from tasks.errors import ConfigError, SteelyardError
from tasks.storage import storage_error

DONE, BUSINESS_STOP, WRONG_USE = 0, 1, 2


def run_command(work: Callable[[], dict[str, Any]], *, as_json: bool) -> int:
    """Run the work and tell its outcome; returns the exit status.

    An answer may carry `exit_status` (a doctor that found something); it is not printed. An empty one was told before.
    """
    try:
        answer = _done(work)
    except KeyboardInterrupt as interrupt:
        return stopped(EndedFromOutsideError(f"{summary_of(interrupt)}; what is on record stands"), as_json=as_json)
    except SteelyardError as stop:
        return stopped(stop, as_json=as_json)
    status = int(answer.pop("exit_status", DONE))
    if as_json and answer:
        print(json.dumps(answer, default=str))
    return status


def stopped(stop: SteelyardError, *, as_json: bool) -> int:
    """Tell why nothing was done, or no more; returns the exit status."""
    print(stop, file=sys.stderr)
    if as_json:
        print(json.dumps({"status": "stopped", "error": type(stop).__name__, "message": str(stop)}))
    return WRONG_USE if isinstance(stop, ConfigError) else BUSINESS_STOP


def _done(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The work's answer. Raises: StorageError for a full or forbidden disk, wherever it was met."""
    try:
        return dict(work())
    except OSError as fault:
        told = storage_error(fault)
        if told is None:
            raise
        raise told from fault
