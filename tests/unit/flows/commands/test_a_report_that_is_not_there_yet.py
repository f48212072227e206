"""Who asks for the report of a session that has none is told what writes it."""

from pathlib import Path

import pytest

from flows.commands.inspect import show_report
from tasks.errors import ConfigError
from tests.flows.worlds import commands_in
from tests.unit.reconciliation.reconciliation_world import world


def test_a_session_without_a_report_is_told_with_the_command_that_goes_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    world(tmp_path)
    with pytest.raises(ConfigError, match="has no report yet: it is running; ") as told:
        show_report("demo", None, as_json=True)
    assert commands_in(str(told.value)) == [["run", "b.yaml", "--session", "2022-11-22"]]
