"""What a run in mode research is given can send nothing, whatever its flow does with it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from flows.bootstrap import open_context
from tasks.errors import HaltedError
from tests.unit.brokers.test_guard import SELL

BOOK = Path(__file__).parents[3] / "books" / "demo.yaml"


def test_a_broker_of_a_session_in_research_takes_no_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STEELYARD_REGISTER", str(tmp_path / "register.jsonl"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    with (
        open_context(BOOK, date(2022, 12, 28), "research") as context,
        pytest.raises(HaltedError, match="mode research, which sends nothing"),
    ):
        context.broker.submit(replace(SELL, account=context.account))
