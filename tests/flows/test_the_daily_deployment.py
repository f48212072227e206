"""The `daily` deployment as prefect.yaml has it: each firing rebalances the next session, until the prices end."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from flows.book_file import load_book
from tests.flows.conftest import ROOT, small_book

FIRES = """
import json, sys
from importlib import import_module
from pathlib import Path

module, _, name = sys.argv[1].partition(":")
flow = getattr(import_module(module.removesuffix(".py").replace("/", ".")), name)
for _ in range(int(sys.argv[3])):
    parameters = flow.validate_parameters(json.loads(sys.argv[2]))
    state = flow(**parameters, return_state=True)
    print(json.dumps({"state": state.name, "message": state.message, **state.result()}, default=str), flush=True)
"""
"""The flow of an entrypoint, called so many times in one process with a deployment's parameters."""


def daily() -> dict[str, Any]:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    return next(one for one in deployments if one["name"] == "daily")


def fired(environment: dict[str, str], times: int, **other: Any) -> list[dict[str, Any]]:
    parameters = json.dumps({**daily()["parameters"], **other})
    command = [sys.executable, "-c", FIRES, daily()["entrypoint"], parameters, str(times)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_firing_rebalances_the_next_session_and_the_one_after_the_last_ends_green(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    """As the deployment has it, but for the book: a small one that replays the last two sessions of the sample."""
    book = small_book(tmp_path)
    book.write_text(book.read_text().replace("{lookback_sessions", "{replay_from: 2022-12-27, lookback_sessions"))
    first, second, after = fired(desk_home, 3, book=str(book))
    assert [(one["session"], one["status"]) for one in (first, second)] == [
        ("2022-12-27", "done"),
        ("2022-12-28", "done"),
    ]
    assert (after["state"], after["status"]) == ("Completed", "no_session")
    assert "small is finished up to 2022-12-28, where the bundled sample ends" in after["message"]


def test_the_book_of_the_deployment_replays() -> None:
    """A day of it each firing: a book that meant its newest session would be done with the first."""
    loaded = load_book(ROOT / daily()["parameters"]["book"]).book
    assert (loaded.data.replay_from, daily()["parameters"]["session"]) == (date(2022, 11, 29), "next")
