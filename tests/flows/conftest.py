"""A real Prefect server for all tests of this folder, and a small book that runs in seconds."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL_BOOK = """
book: small
mode: {mode}
broker:
  account: small
  simulated:
    opening_cash_usd: 20000
    opening_shares: {{AAPL: 400, KO: 300, XOM: 100}}
universe: {{symbols: [AAPL, KO, XOM, PG, JNJ]}}
data: {{lookback_sessions: 120}}
objective:
  kind: track
  weights_pct: {{AAPL: 20, KO: 20, XOM: 20, PG: 20, JNJ: 19}}
costs: {{assumed_adv_usd: 500000000}}
limits: {{cash_reserve_pct: 1}}
drift: {{absolute_band_pct: 2}}
execution: {{waves: 2, child_order: market, algorithm: twap}}
risk: {{max_order_nav_pct: 60, max_position_pct: 60}}
approval: {{price_band_pct: 20}}
"""


@pytest.fixture(scope="package")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of processes that talk to a server of our own; started once, stopped when this folder is done:
    one that nobody asks anything takes a twentieth of a core for looking whether there is something to do.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("prefect")
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PYTHONPATH": str(ROOT),
    }
    log = (home / "server.log").open("wb")
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/api/health", server, home / "server.log")
        yield environment
        _deliver_messages()
    finally:
        server.terminate()
        server.wait(timeout=60)
        log.close()
    must_be_without_errors(home / "server.log")


def _deliver_messages() -> None:
    """What Prefect in this process still has to tell: later there is nobody to tell it to, and it would try on."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=10)
    EventsWorker.drain_all(timeout=10)


@pytest.fixture
def desk_home(tmp_path: Path, prefect_server: dict[str, str]) -> dict[str, str]:
    """The same environment with a STEELYARD_HOME of its own; books are written into it."""
    return {**prefect_server, "STEELYARD_HOME": str(tmp_path / "home")}


def small_book(folder: Path, mode: str = "full_auto") -> Path:
    path = folder / "small.yaml"
    path.write_text(SMALL_BOOK.format(mode=mode))
    return path


BEGINS = re.compile(r"^\d\d:\d\d:\d\d\.\d+ \| (?P<level>\w+) +\| (?P<said>.*)")
"""The first line of something that Prefect logs; what follows until the next one belongs to it."""
OF_A_RUN = (
    "Flow run ",
    "Task run ",
    "prefect.engine - Execution of flow run ",
    "prefect.engine - Crash detected! Execution was aborted by a termination signal.",
)
"""A run that stops, or is stopped, says so as an error in its own log, and in its state, which its test looks at.

Its process says the last two: a cancelled run ends where the signal meets it, and that may be inside of Prefect.
"""

BUSY = "sqlite3.OperationalError: database is locked"
"""Prefect's SQLite under many writers: the server answers 503, and whoever asked comes again.

No setting of Prefect 3.8.8 helps: it waits for a lock for a minute and has a WAL already, but its transactions begin
DEFERRED, and one that has read is refused its first write within a millisecond when another has written meanwhile.
"""

LET_GO = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool - Exception during reset or similar"
"""A request ended by whoever asked, or by the server's own end, while its connection was handed back: the pool throws
the connection away and says so as an error. Only with a cancellation as its cause; a database that fails says another.
"""


def errors_in(log: str) -> list[str]:
    """The first line of what a server or worker itself calls an error, and of tracebacks that are not of a run.

    One in which its database was busy is none: nothing was lost, and a request that never passes fails its own test.
    """
    said: list[list[str]] = []
    for line in log.splitlines():
        if BEGINS.match(line) or not said:
            said.append([])
        said[-1].append(line)
    return [lines[0] for lines in said if _is_an_error(lines) and not _nothing_was_lost(lines)]


def _nothing_was_lost(lines: list[str]) -> bool:
    cause = next((line for line in reversed(lines) if line.strip()), "")
    let_go = LET_GO in lines[0] and cause.startswith("asyncio.exceptions.CancelledError")
    return let_go or any(line.startswith(BUSY) for line in lines)


def _is_an_error(lines: list[str]) -> bool:
    begins = BEGINS.match(lines[0])
    if begins and begins["said"].startswith(OF_A_RUN):
        return False
    told = begins is not None and begins["level"] in ("ERROR", "CRITICAL")
    return told or any(line.lstrip().startswith("Traceback") for line in lines)


def must_be_without_errors(log: Path) -> None:
    """A server that works does not say so; one that cannot do its work says it here, and perhaps nowhere else."""
    text = log.read_text(errors="replace")
    found = errors_in(text)
    assert not found, f"{len(found)} errors in {log.name}, the first: {text[text.index(found[0]) :][:3000]}"


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    pause = 0.2
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            pause = _rest(pause)
    pytest.fail(f"the Prefect server did not start:\n{log.read_text()[-2000:]}")


def _rest(seconds: float) -> float:
    """Waiting for another process: there is nothing to be notified by."""
    time.sleep(seconds)
    return seconds
