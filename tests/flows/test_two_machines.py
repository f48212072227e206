"""A desk of several machines: a worker's machine dies in the middle of a wave, and another one's goes on with Retry.

Server, workers and broker have nothing in common but PostgreSQL and the server's address: a home, a working folder, a
host name and a process table each. The machines are namespaces of this one.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from sql.database import URL_VARIABLE
from tests.databases import postgres_url
from tests.flows.conftest import ROOT
from tests.flows.test_at_a_local_venue import AT_ALPACA, KEY_ID, SECRET, venue, written
from tests.flows.test_up_and_down import NOTICED_WITHIN_S, Home, processes_of
from tests.flows.worlds import SESSION
from tests.simulation.databases import PostgresDatabases
from tests.ui.desk import opened_desk

__all__ = ["postgres_url"]
MACHINE = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
KEYS = {"APCA_API_KEY_ID": KEY_ID, "APCA_API_SECRET_KEY": SECRET}


def machines_can_be_made() -> bool:
    """Namespaces want a kernel that has them, and root."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*MACHINE, "hostname", "one"], capture_output=True, check=False).returncode == 0


@dataclass
class Machine:
    """A worker as docs/production.md starts it, on a host of its own."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def loses_power(self) -> None:
        """SIGKILL for every process on it at once: the worker, the run, and the watch that hears Cancel."""
        self.process.kill()
        self.process.wait()

    def works(self, run: str) -> bool:
        return any(f"STEELYARD_HOME={self.home}".encode() in environ(pid) for pid in processes_of(run))


def environ(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


@contextmanager
def machine(name: str, folder: Path, shared: dict[str, str]) -> Iterator[Machine]:
    """`shared`: what /etc/steelyard.env says on every machine."""
    own = folder / name
    (own / "work").mkdir(parents=True)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "STEELYARD_"))},
        **{"HOME": str(own), "STEELYARD_HOME": str(own / "home"), "PYTHONPATH": str(ROOT)},
        **shared,
    }
    worker = f"{sys.executable} -m prefect worker start --pool steelyard --type process"
    with (own / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*MACHINE, "sh", "-c", f"hostname {name}; exec {worker}"],
            env=environment,
            cwd=own / "work",
            stdout=log,
            stderr=log,
        )
        made = Machine(name, own, process)
        try:
            yield made
        finally:
            made.loses_power()


@dataclass
class Records:
    """What the journal in PostgreSQL and the broker's own book know."""

    url: str
    broker: Path

    def ours(self, query: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(query))]
        finally:
            engine.dispose()

    def theirs(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.broker)) as connection:
            return connection.execute(query).fetchall()

    def waves_sent(self) -> int:
        """By our journal; none before its tables are there."""
        [(there,)] = self.ours("SELECT to_regclass('slices')")
        return self.ours("SELECT count(DISTINCT wave) FROM slices")[0][0] if there else 0

    def hosts(self) -> list[str]:
        """That have worked the book, in their order."""
        return [holder.partition(":")[0] for (holder,) in self.ours("SELECT holder FROM lease_log ORDER BY token")]

    def assert_they_agree(self) -> None:
        orders = sorted(self.theirs("SELECT key FROM orders"))
        assert sorted(self.ours("SELECT key FROM slices")) == orders
        assert len(set(orders)) == len(orders) > 0
        [(shares,)] = self.ours("SELECT sum(shares) FROM fills")
        [(real,)] = self.theirs("SELECT sum(shares) FROM executions")
        assert float(shares) == float(real) > 0
        assert self.ours("SELECT count(*) FROM breaks") == [(0,)]
        assert self.ours("SELECT status FROM cycles") == [("done",)]


@pytest.mark.timeout(1200)
@pytest.mark.skipif(not machines_can_be_made(), reason="no namespaces: `unshare` is not there, or may not be used")
def test_a_machine_that_dies_in_the_middle_of_a_wave_is_replaced_by_another_one_that_goes_on(
    postgres_url: str, tmp_path: Path
) -> None:
    url = PostgresDatabases(postgres_url, "two_machines").new(tmp_path)
    book, moves = written(tmp_path, AT_ALPACA), tmp_path / "moves"
    moves.write_text("1")
    brokers = tmp_path / "brokers"
    records = Records(url, brokers / "venue" / "alpaca" / "small.sqlite")
    with ExitStack() as stack:
        bare = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "STEELYARD_"))}
        of_venue = {**bare, **KEYS, "STEELYARD_HOME": str(brokers), "PYTHONPATH": str(ROOT)}
        told = stack.enter_context(venue("alpaca", book, of_venue, "--session", SESSION))
        desk = stack.enter_context(opened_desk(tmp_path, **{URL_VARIABLE: url, "STEELYARD_NO_WORKER": "1"}))
        shared = {URL_VARIABLE: url, "PREFECT_API_URL": desk.url, **KEYS, **told["environment"]}
        shared["STEELYARD_TEST_MOVES"] = str(moves)
        both = [stack.enter_context(machine(name, tmp_path, shared)) for name in ("one", "two")]
        desk.wait_for(lambda: online(desk), lambda names: len(names) == 2, "two workers")
        run = started(desk, book)
        desk.wait_for(records.waves_sent, lambda waves: waves > 1, "a second wave at work")
        (dies,) = [each for each in both if each.works(run)]
        (goes_on,) = [each for each in both if each is not dies]
        assert records.theirs("SELECT count(*) FROM orders WHERE is_working = 1") != [(0,)]

        dies.loses_power()
        died = time.monotonic()
        assert "Press Retry" in desk.wait_for_state(run, "Crashed")
        assert time.monotonic() - died < NOTICED_WITHIN_S

        moves.write_text("99")
        desk.retry(run)
        desk.wait_for_state(run, "Completed")
        assert records.hosts() == [dies.name, goes_on.name]
        records.assert_they_agree()
        report = goes_on.home / "reports" / "small" / SESSION / "report.html"
        assert report.is_file()
        assert not (Path(desk.home) / "journal.sqlite").exists()


def online(desk: Home) -> set[str]:
    """The workers of the pool that say they live, each under its machine's name."""
    found = desk.call("/work_pools/steelyard/workers/filter", {})
    return {worker["name"] for worker in found if worker["status"] == "ONLINE"}


def started(desk: Home, book: Path) -> str:
    """Of the rebalance as it is deployed, at a market that a test moves."""
    daily = desk.deployment("rebalance/daily")
    copied = ("flow_id", "pull_steps", "work_pool_name", "work_queue_name", "parameter_openapi_schema")
    like = {name: daily[name] for name in copied if daily.get(name) is not None}
    entrypoint = {"name": "paced-alpaca", "entrypoint": "tests/flows/paced_alpaca.py:rebalance"}
    made = desk.call("/deployments/", {**like, **entrypoint})
    return desk.quick_run(made, book=str(book), session=SESSION)
