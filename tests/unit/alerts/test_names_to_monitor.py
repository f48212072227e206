"""What production.md tells people to watch has these names: each metric and each event, none forgotten."""

import re
from pathlib import Path

import pytest

from flows.metrics import JournalMetrics
from flows.outcome import ended
from tasks.model import desk_event
from tasks.model.orders import OrderState

PAGE = (Path(__file__).parents[3] / "docs/production.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\bsteelyard_[a-z_]+\b")
EVENT = re.compile(r"`steelyard\.([a-z]+\.[a-z_]+)`")
ENDS = {"session.done", "session.missed"}


def test_every_metric_is_on_the_page_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    served = {metric.name for metric in JournalMetrics().collect()}
    assert {name for name in METRIC.findall(PAGE) if "prefect" not in name} == served


def test_every_event_that_the_page_names_is_one_that_is_announced() -> None:
    announced = {value for name, value in vars(desk_event).items() if name.isupper() and isinstance(value, str)}
    orders = {f"order.{state.value}" for state in OrderState}
    assert ended.__doc__ is not None
    named = set(EVENT.findall(PAGE))
    assert named <= announced | orders | ENDS
    assert announced <= named
