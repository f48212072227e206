"""`steelyard ui`: a Prefect server with its UI, and a process that runs the deployments of prefect.yaml."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.deployments import deployments_file
from flows.home import VARIABLE, home
from flows.lifeline import started
from flows.prefect_home import prepare_environment, server_noted, use_running_server
from tasks.errors import ConfigError

POOL = "steelyard"
PATIENCE_SECONDS = 180
ENDS_WITHIN_SECONDS = 15
"""For an orderly end of each; after that there is none."""
OFTEN = {"PREFECT_WORKER_QUERY_SECONDS": "2"}
"""A person who pressed Run sees it begin; Prefect's own worker looks every ten seconds."""


def serve_ui(port: int) -> dict[str, Any]:
    """Run until interrupted. Raises: ConfigError when there are no deployments, or the server does not start."""
    file_of_deployments = deployments_file(Path.cwd(), home())
    os.environ[VARIABLE] = str(home())  # the worker and its runs share this home, wherever they are started
    prepare_environment(quiet=False)
    url = f"http://127.0.0.1:{port}/api"
    os.environ.update({**OFTEN, **os.environ, "PREFECT_API_URL": url, "PREFECT_UI_API_URL": url})
    console = Console()
    children: list[subprocess.Popen[bytes]] = []
    try:
        children.append(started("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)))
        _wait_for(children[0], port)
        with server_noted(url):
            _run_prefect("work-pool", "create", POOL, "--type", "process", "--overwrite")
            _run_prefect("deploy", "--all", "--prefect-file", str(file_of_deployments))
            children.append(started("prefect", "worker", "start", "--pool", POOL, "--type", "process"))
            console.print(f"\n[bold]Prefect UI: http://127.0.0.1:{port}[/bold]  (Ctrl-C stops it)\n")
            children[0].wait()
    except KeyboardInterrupt:
        console.print("stopping ...")
    finally:
        for child in reversed(children):
            _stop(child)
    return {"url": url}


def _run_prefect(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "prefect", "--no-prompt", *words], check=False)
    if done.returncode:
        raise ConfigError(f"`prefect {' '.join(words)}` failed with status {done.returncode}; its message is above")


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise ConfigError(f"the Prefect server stopped; is port {port} taken? Try `steelyard ui --port 4300`")
        if use_running_server():
            return
        time.sleep(0.5)
    raise ConfigError(f"the Prefect server did not answer on port {port} within {PATIENCE_SECONDS} s")


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()  # Ctrl-C's own signal is ignored by whatever a shell started in the background
        try:
            child.wait(timeout=ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
