"""How many runs a desk begins at once, and which of them never wait."""

from typing import Any

import pytest
import yaml

from flows.desk.runs_at_once import runs_at_once
from flows.desk.settings import BY_HAND, POOL, RUNS_VARIABLE
from tasks.errors import ConfigError
from tests.flows.conftest import ROOT

DEMO, PAPER = ROOT / "books" / "demo.yaml", ROOT / "books" / "alpaca_paper.yaml"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]


def test_a_machine_begins_one_run_more_than_it_has_cores() -> None:
    assert runs_at_once({}, 2, [DEMO]) == 3
    assert runs_at_once({}, 8, []) == 9


def test_a_book_whose_run_waits_for_a_real_market_has_a_place_of_its_own() -> None:
    """Its run is at work all day: three of them would keep every other book of two cores from trading at all."""
    assert runs_at_once({}, 2, [DEMO, PAPER, PAPER]) == 5


def test_a_book_that_cannot_be_read_takes_no_place() -> None:
    assert runs_at_once({}, 2, [ROOT / "books" / "gone.yaml"]) == 3


def test_who_names_a_number_has_it() -> None:
    assert runs_at_once({RUNS_VARIABLE: "40"}, 2, [PAPER]) == 40


@pytest.mark.parametrize("wish", ["0", "-1", "many", "2.5"])
def test_a_number_of_runs_that_is_none_is_refused_with_an_example(wish: str) -> None:
    with pytest.raises(ConfigError, match=f"{RUNS_VARIABLE} is {wish}: .* e.g. 3"):
        runs_at_once({RUNS_VARIABLE: wish}, 2, [])


def test_what_only_a_person_starts_waits_for_no_other_run() -> None:
    """Each of them has a form and no schedule; a halt that waits for two hundred books is none."""
    waits = {each["name"] for each in DEPLOYMENTS if each["work_pool"].get("work_queue_name") != BY_HAND}
    assert waits == {each["name"] for each in DEPLOYMENTS if each.get("schedules")}
    assert {each["work_pool"]["name"] for each in DEPLOYMENTS} == {POOL}
