"""A desk as `steelyard up` starts it, in a home and at a port of its own, until it is no longer needed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flows.conftest import ROOT
from tests.flows.test_up_and_down import Home


@contextmanager
def opened_desk(folder: Path, **more: str) -> Iterator[Home]:
    """Its books are written into `folder`, its home is below it; `more` is set in its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {"STEELYARD_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), **more}
    desk = Home(f"http://127.0.0.1:{port}/api", environment["STEELYARD_HOME"], folder, environment)
    try:
        desk.steelyard("up", "--port", str(port))
        yield desk
    finally:
        subprocess.run([sys.executable, "-m", "flows.cli.main", "down", "--now"], check=False, **desk.as_a_user())


def deploy_paced(desk: Home) -> None:
    """Beside the desk's own: the rebalance at a market that moves when a test lets it."""
    daily = desk.deployment("rebalance/daily")
    copied = ("flow_id", "pull_steps", "work_pool_name", "enforce_parameter_schema", "parameter_openapi_schema")
    made = {name: daily[name] for name in copied if daily.get(name) is not None}
    desk.call("/deployments/", {**made, "name": "paced", "entrypoint": "tests/ui/paced.py:rebalance"})
