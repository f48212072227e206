"""Which steps may be done again: every refusal says what may be done instead."""

from dataclasses import replace
from typing import get_args

import pytest

from tasks.model.rerun_rules import DECIDING, ENDING, FromStep, OnRecord, how_to_rerun
from tests.sql.one_of_each import CYCLE

NOTHING = OnRecord(steps=frozenset(), orders=0, is_cancelled=False, book_changed=False)
PLANNED = replace(NOTHING, steps=frozenset(DECIDING))
ORDERED = replace(PLANNED, orders=5)
WORKED = replace(ORDERED, steps=frozenset({*DECIDING, "confirm", "reconcile"}))
RUNNING, DONE = replace(CYCLE, status="running"), replace(CYCLE, status="done")


@pytest.mark.parametrize("step", DECIDING)
def test_a_session_without_orders_keeps_what_stands_before_the_step(step: FromStep) -> None:
    assert how_to_rerun(RUNNING, step, PLANNED) == (DECIDING[: DECIDING.index(step)], "")


@pytest.mark.parametrize("step", DECIDING)
def test_a_session_with_one_order_is_never_decided_anew(step: FromStep) -> None:
    told = how_to_rerun(RUNNING, step, replace(PLANNED, orders=1)).refusal
    assert "what was ordered stands" in told
    assert "--from waves" in told


@pytest.mark.parametrize("step", get_args(FromStep))
def test_a_cancelled_session_is_resumed_first(step: FromStep) -> None:
    assert "resume it first" in how_to_rerun(RUNNING, step, replace(WORKED, is_cancelled=True)).refusal


@pytest.mark.parametrize("step", ENDING)
def test_the_end_of_a_worked_session_is_looked_at_again_and_of_no_other(step: FromStep) -> None:
    assert how_to_rerun(DONE, step, WORKED) == ((), "")
    assert "--from waves" in how_to_rerun(RUNNING, step, ORDERED).refusal
    assert "--from orders" in how_to_rerun(RUNNING, step, PLANNED).refusal


def test_waves_go_on_only_with_orders_and_before_the_end() -> None:
    assert how_to_rerun(RUNNING, "waves", ORDERED) == ((), "")
    assert "nothing was ordered yet" in how_to_rerun(RUNNING, "waves", PLANNED).refusal
    assert "no wave is left" in how_to_rerun(DONE, "waves", WORKED).refusal


def test_another_book_file_keeps_nothing_of_what_was_decided_with_the_old_one() -> None:
    changed = replace(PLANNED, book_changed=True)
    assert "--from download" in how_to_rerun(RUNNING, "optimize", changed).refusal
    assert how_to_rerun(RUNNING, "download", changed) == ((), "")


def test_a_step_is_not_done_again_before_those_it_rests_on() -> None:
    seen = replace(NOTHING, steps=frozenset({"download", "check"}))
    assert "step holdings has not been done yet" in how_to_rerun(RUNNING, "drift", seen).refusal


def test_a_done_session_without_an_order_stands_too() -> None:
    assert "it is done" in how_to_rerun(DONE, "orders", PLANNED).refusal
