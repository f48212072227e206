"""What the UI offers: every deployment of prefect.yaml is a flow whose form says what each field means."""

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

import flows.write_off
from tests.flows.conftest import ROOT

DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
BY_NAME = {each["name"]: each for each in DEPLOYMENTS}
SIGNED = ("liquidate", "halt", "resume", "explain", "resolve", "write-off")


def schema_of(name: str) -> dict[str, Any]:
    from prefect.utilities.callables import parameter_schema

    path, _, function = BY_NAME[name]["entrypoint"].partition(":")
    module = import_module(path.removesuffix(".py").replace("/", "."))
    return parameter_schema(getattr(module, function)).model_dump()


def given(name: str) -> dict[str, Any]:
    return BY_NAME[name].get("parameters", {})


@pytest.mark.parametrize("name", BY_NAME)
def test_every_field_of_a_form_says_what_it_means(name: str) -> None:
    schema = schema_of(name)
    assert BY_NAME[name]["description"].endswith(".")
    assert [field for field, told in schema["properties"].items() if not told.get("description")] == []
    assert set(given(name)) <= set(schema["properties"])


@pytest.mark.parametrize("name", SIGNED)
def test_whoever_stops_or_resumes_must_give_a_name_and_a_reason(name: str) -> None:
    """Required by the form, and not filled in beforehand."""
    assert {"who", "because"} <= set(schema_of(name)["required"])
    assert not {"who", "because"} & set(given(name))
    assert "schedules" not in BY_NAME[name]


def test_a_write_off_in_the_ui_is_the_word_that_the_command_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same door, and a price as exact as it was typed; the symbol is asked for, as no guess of it is right."""
    heard, log = list[Any](), list[str]()

    def recorded(*words: Any, **options: Any) -> dict[str, Any]:
        heard.append((*words, options))
        return {"book": "demo", "said": "written_off", "price": "0.1", "who": words[2]}

    monkeypatch.setattr(flows.write_off, "recorded", recorded)
    monkeypatch.setattr(
        flows.write_off, "run_log", lambda: SimpleNamespace(warning=lambda *w: log.append(w[0] % w[1:]))
    )
    flows.write_off.write_off.fn("Ada", "delisted", "GONE", "demo", 0.1)
    assert heard == [("demo", "GONE", "Ada", "delisted", Decimal("0.1"), {"take_back": False, "as_json": True})]
    assert log == ["GONE of demo: written off at 0.1 USD a share by Ada: delisted"]
    assert "symbol" in schema_of("write-off")["required"]


def test_every_schedule_is_off_and_in_the_exchanges_time() -> None:
    schedules = [one for each in DEPLOYMENTS for one in each.get("schedules", ())]
    assert len(schedules) >= 4
    assert {(one["active"], one["timezone"]) for one in schedules} == {(False, "America/New_York")}


def test_a_book_named_by_a_deployment_is_there() -> None:
    for name in BY_NAME:
        assert (ROOT / Path(given(name).get("book", "books/demo.yaml"))).is_file()


def test_whatever_an_operator_needs_is_a_deployment() -> None:
    """Without a terminal: scheduled work, and every word that only a person can say."""
    assert {"daily", "weekly", "end-of-day", "reconcile", "reconcile-while-open", "weekly-report"} <= set(BY_NAME)
    assert {"quarterly-report", "drill", "rerun"} <= set(BY_NAME)
    assert {"halt", "resume", "resolve", "explain", "liquidate", "write-off"} <= set(BY_NAME)
