"""A form with one wrong value is refused as a whole: no field falls back to its default, and nothing is run with it."""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.exceptions import ParameterTypeError, SignatureMismatchError
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import ValidationError, validate

ROOT = Path(__file__).parents[3]
DEPLOYMENTS = {
    each["name"]: each for each in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
}
TYPED = {
    "who": "Ada Byron",
    "because": "it is time",
    "break_id": "demo-1",
    "key": "demo-2022-12-28-1",
    "said": "dead",
    "symbol": "GONE",
    "session": "2022-12-28",
    "from_step": "orders",
}
"""What a person types into fields that no deployment can fill in."""
REFUSED = (ParameterTypeError, SignatureMismatchError)


def flow_of(name: str) -> Flow[Any, Any]:
    path, _, function = DEPLOYMENTS[name]["entrypoint"].partition(":")
    return getattr(import_module(path.removesuffix(".py").replace("/", ".")), function)


def schema_of(name: str) -> dict[str, Any]:
    return parameter_schema(flow_of(name)).model_dump()


def form_of(name: str) -> dict[str, Any]:
    """As the server has it from prefect.yaml, the required fields filled in by a person."""
    missing = set(schema_of(name)["required"]) - set(DEPLOYMENTS[name].get("parameters", {}))
    return {**DEPLOYMENTS[name].get("parameters", {}), **{field: TYPED[field] for field in missing}}


def fields() -> list[tuple[str, str]]:
    return [(name, field) for name in DEPLOYMENTS for field in schema_of(name)["properties"]]


def passes(name: str, form: dict[str, Any]) -> dict[str, Any]:
    """What the flow is run with. Raises what the server, or else the run, says to a form that is wrong."""
    validate(form, schema_of(name), raise_on_error=True)
    return flow_of(name).validate_parameters(form)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_runs_with_exactly_what_its_form_says(name: str) -> None:
    form = form_of(name)
    passed = passes(name, form)
    assert {field: str(passed[field]) for field in form} == {field: str(value) for field, value in form.items()}


@pytest.mark.parametrize(("name", "field"), fields())
def test_a_wrong_value_of_any_field_is_refused_by_the_server_and_by_the_run(name: str, field: str) -> None:
    """The server before a run is made; the run where somebody goes past the server's schema."""
    wrong = {**form_of(name), field: {"not": "a value"}}
    with pytest.raises(ValidationError):
        validate(wrong, schema_of(name), raise_on_error=True)
    with pytest.raises(REFUSED):
        flow_of(name).validate_parameters(wrong)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_field_that_the_flow_does_not_know_is_refused_and_not_left_out(name: str) -> None:
    """A session under another name must not mean the newest one."""
    with pytest.raises((ValidationError, *REFUSED)):
        passes(name, {**form_of(name), "on_day": "2022-12-28"})


@pytest.mark.parametrize("wrong", ["2022-13-45", "soon", "20221228T", 20221228])
def test_a_day_that_is_none_is_refused_and_does_not_mean_the_newest_session(wrong: Any) -> None:
    for name in (name for name, field in fields() if field == "session"):
        with pytest.raises((ValidationError, *REFUSED)):
            passes(name, {**form_of(name), "session": wrong})


def test_a_day_that_is_one_arrives_as_it_was_typed() -> None:
    assert passes("daily", {**form_of("daily"), "session": "2022-12-28"})["session"] == date(2022, 12, 28)


def test_the_session_of_a_rebalance_is_one_field_to_type_into() -> None:
    """Of a choice of a date or the word `next`, Prefect's form shows an empty date, and once touched sends none."""
    field = schema_of("daily")["properties"]["session"]
    assert [each["type"] for each in field["anyOf"]] == ["string", "null"]


def test_a_session_field_that_was_emptied_means_the_newest_session() -> None:
    for emptied in ("", None):
        assert passes("daily", {**form_of("daily"), "session": emptied})["session"] is None
