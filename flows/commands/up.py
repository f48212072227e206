"""`steelyard up`: Prefect's server with its UI, a worker and the deployments, in the background or in this terminal."""

import os
import time
from typing import Any

from rich.console import Console

from flows.commands.desk_status import as_plain, summary_of
from flows.desk.lock import is_held
from flows.desk.open_desk import start_supervisor, wait_until_over, wait_until_up
from flows.desk.preflight import ready
from flows.desk.settings import NO_WORKER_VARIABLE, REPORTS_PORT_VARIABLE, RUNS_VARIABLE
from flows.desk.state import DeskState
from flows.desk.supervisor import Supervisor
from flows.home import home
from flows.prefect_home import prepare_environment


def open_desk(
    port: int,
    *,
    foreground: bool,
    as_json: bool,
    reports_port: int | None = None,
    runs_at_once: int | None = None,
    worker: bool = True,
) -> dict[str, Any]:
    """Idempotent: a desk that is up is said to be, whatever its port.

    Raises: ConfigError where it cannot come up, before anything is started; StorageError where the home is no place.
    """
    console = Console(stderr=as_json)
    began = time.monotonic()
    wait_until_over(home())
    if is_held(home()):
        state = wait_until_up(home(), lambda: not is_held(home()))
        console.print(f"already {summary_of(state)}", soft_wrap=True, highlight=False)
        _print_events(console, state)
        return as_plain(state, "already up")
    prepare_environment(quiet=False)
    for variable, said in ((REPORTS_PORT_VARIABLE, reports_port), (RUNS_VARIABLE, runs_at_once)):
        if said is not None:
            os.environ[variable] = str(said)  # as its supervisor inherits it
    if not worker:
        os.environ[NO_WORKER_VARIABLE] = "1"
    if foreground:
        return _stay(console, port)
    ready(home(), port)
    return as_plain(_in_background(console, port, began))


def _in_background(console: Console, port: int, began: float) -> DeskState:
    worker = "no worker" if os.environ.get(NO_WORKER_VARIABLE) else "a worker"
    console.print(f"starting Prefect's server, {worker} and the deployments ...")
    supervisor = start_supervisor(home(), port)
    try:
        state = wait_until_up(home(), lambda: supervisor.poll() is not None)
    except KeyboardInterrupt:
        supervisor.terminate()
        supervisor.wait()
        raise
    console.print(
        f"[bold]Prefect UI: {state.url}[/bold]  up after {time.monotonic() - began:.0f} s; `steelyard down` ends it",
        soft_wrap=True,
        highlight=False,
    )
    console.print(f"reports: {state.reports_url}", soft_wrap=True, highlight=False)
    console.print(
        f"{state.runs_at_once} runs at once, the others wait their turn; --runs-at-once names another number",
        soft_wrap=True,
        highlight=False,
    )
    return state


def _stay(console: Console, port: int) -> dict[str, Any]:
    """Until interrupted."""
    supervisor = Supervisor(
        ready(home(), port), lambda said: console.print(f"desk: {said}", soft_wrap=True), quiet=False
    )
    supervisor.keep(
        opened=lambda state: console.print(
            f"\n[bold]Prefect UI: {state.url}[/bold]  (Ctrl-C stops it)\nreports: {state.reports_url}\n"
        )
    )
    console.print("stopped")
    return as_plain(supervisor.state, "down")


def _print_events(console: Console, state: DeskState) -> None:
    for sentence in state.events:
        console.print(f"  {sentence}", soft_wrap=True, highlight=False)
