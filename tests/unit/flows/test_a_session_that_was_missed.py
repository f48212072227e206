"""No rebalance today is heard too: nobody begins a run that says so by itself."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flows.session_check import why_missed
from tests.unit.audit.recorded_day import CYCLE

DAY, FILE = date(2022, 12, 28), Path("books/demo.yaml")


def test_a_session_that_nobody_began_is_missed_with_the_command_that_does_it() -> None:
    assert why_missed(None, "demo", DAY, FILE) == (
        "no rebalance of demo on 2022-12-28: no run of it began; "
        "`steelyard run books/demo.yaml --session 2022-12-28` does it now"
    )


@pytest.mark.parametrize("status", ["stopped", "failed", "cancelled", "planned"])
def test_a_session_that_ended_before_its_work_was_done_is_missed_and_says_why(status: str) -> None:
    stopped = replace(CYCLE, status=status, message="prices of AAPL are missing", mode="full_auto")
    said = why_missed(stopped, "demo", DAY, FILE)
    assert said.startswith(f"no rebalance of demo on 2022-12-28: it is {status} (prices of AAPL are missing); when")


@pytest.mark.parametrize("status", ["done", "running", "waiting"])
def test_a_session_that_is_done_or_goes_on_is_not_missed(status: str) -> None:
    assert why_missed(replace(CYCLE, status=status), "demo", DAY, FILE) == ""


def test_research_is_done_with_its_plan() -> None:
    assert why_missed(replace(CYCLE, status="planned", mode="research"), "demo", DAY, FILE) == ""
