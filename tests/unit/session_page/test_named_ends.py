"""A run that stops on purpose is told apart from a crash by the name of its state, and its message says what to do."""

import logging

import pytest

from flows.named_end import end_of, named_end
from tasks.errors import (
    BadDataError,
    HaltedError,
    LeaseHeldError,
    NotApprovedError,
    SessionCancelledError,
    SteelyardError,
    WaitsForPersonError,
)


@pytest.mark.parametrize(
    ("stop", "name", "is_red"),
    [
        (WaitsForPersonError("approve or refuse"), "Waiting", False),
        (NotApprovedError("Ada Byron refused it"), "Refused", False),
        (SessionCancelledError("cancelled in the UI"), "Cancelled", False),
        (HaltedError("the book is halted"), "Halted", True),
        (LeaseHeldError("another process works it"), "Held", True),
        (BadDataError("a price is missing"), "Stopped", True),
    ],
)
def test_each_kind_of_stop_has_its_name_and_its_remedy(stop: SteelyardError, name: str, is_red: bool):
    state = end_of(stop)
    assert (state.name, state.message, state.is_failed()) == (name, str(stop), is_red)


def test_outside_of_a_run_the_error_is_raised_as_ever():
    @named_end
    def stops() -> None:
        raise BadDataError("a price is missing")

    with pytest.raises(BadDataError, match="a price is missing"):
        stops()


def test_a_fault_of_the_program_is_no_stop():
    @named_end
    def falls_over() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        falls_over()


def test_what_the_state_says_is_kept_out_of_the_log_and_a_crash_is_not(caplog: pytest.LogCaptureFixture):
    stop, log = HaltedError("the book is halted"), logging.getLogger("prefect.engine")
    end_of(stop)
    for error in (stop, HaltedError("the book is halted"), ZeroDivisionError()):
        log.error("exited with unexpected exception", exc_info=error)
    log.error("a word without an error")
    kinds = [record.exc_info and record.exc_info[0] for record in caplog.records]
    assert kinds == [HaltedError, ZeroDivisionError, None]
