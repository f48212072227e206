"""The published form of report.json is that of the report's classes, and refuses what they would never write."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from tca_desk import report_inputs
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.tca.export import report_json
from tasks.tca.report import build_report
from tasks.tca.schema import published_schema
from tasks.tca.schema.write import made_schema

VALIDATOR = Draft202012Validator(json.loads(published_schema()))


@pytest.fixture
def report() -> dict[str, Any]:
    return json.loads(report_json(build_report(report_inputs())))


def test_the_published_schema_is_that_of_the_report() -> None:
    assert published_schema() == made_schema(), "make it anew: python -m tasks.tca.schema.write"


def test_the_command_prints_it() -> None:
    printed = CliRunner().invoke(app, ["schema", "tca"])
    assert (printed.exit_code, printed.output) == (0, published_schema())


def test_a_report_keeps_to_it(report: dict[str, Any]) -> None:
    VALIDATOR.validate(report)


def test_amounts_are_text_and_times_are_told_apart() -> None:
    parts = json.loads(published_schema())["$defs"]
    assert parts["CostParts"]["properties"]["total_usd"]["anyOf"][0]["pattern"]
    assert parts["Cover"]["properties"]["decided_at"]["format"] == "date-time"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("cover", "nav_usd"), 1.5),
        (("cover", "nav_usd"), "1e6"),
        (("cover", "more"), 1),
        (("schema",), "steelyard.tca/2"),
        (("orders", 0, "side"), "HOLD"),
        (("orders", 0, "fills", 0, "price"), None),
        (("orders", 0, "trail", "entries", 0, "seq"), "1"),
    ],
)
def test_what_a_report_never_says_is_refused(report: dict[str, Any], path: tuple[Any, ...], value: object) -> None:
    inside: Any = report
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(report)


def test_a_field_that_is_missing_is_refused(report: dict[str, Any]) -> None:
    del report["cover"]["policy_sha256"]
    with pytest.raises(ValidationError, match="policy_sha256"):
        VALIDATOR.validate(report)
