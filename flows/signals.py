"""Ends a command in order when it is told to end: by `kill`, by whoever supervises it, by a terminal that closes."""

import signal
from types import FrameType

from tasks.errors import SteelyardError


class EndedFromOutsideError(SteelyardError):
    """A command was told to end; what stands is on record, and the next one goes on there."""


GENTLE = (signal.SIGTERM, signal.SIGHUP)


def end_as_by_ctrl_c() -> None:
    """From here on these signals interrupt as Ctrl-C does; one that is ignored, as under nohup, stays so."""
    for number in GENTLE:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def interrupt_behind(fault: BaseException) -> KeyboardInterrupt | None:
    """The interrupt in the place of which a fault was raised; None where there is none.

    A signal is heard wherever the program is, and inside of Prefect's engine its end may fail for want of a task run.
    """
    behind = fault.__cause__ or fault.__context__
    while behind is not None and not isinstance(behind, KeyboardInterrupt):
        behind = behind.__cause__ or behind.__context__
    return behind


def summary_of(interrupt: KeyboardInterrupt) -> str:
    """What ended a command, in a person's words."""
    return f"ended by {interrupt}" if str(interrupt) else "interrupted"
