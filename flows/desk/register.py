"""`python -m flows.desk.register URL FILE`: tells a server what the desk runs: pool, automations, deployments, alerts.

A program of its own, which imports Prefect while the server starts; the supervisor stays small.
"""

import compileall
import copy
import os
import runpy
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from flows.desk.automations import apply_automations, look_for_runs_at_work
from flows.desk.deployed import fingerprint, is_deployed, note_deployed, switches_kept
from flows.desk.log import event_log
from flows.desk.notifications import apply_notifications, wishes
from flows.desk.runs_at_once import apply_queues, runs_at_once
from flows.desk.settings import HEARTBEAT_S, HEARTBEAT_VARIABLE, POOL
from flows.home import home
from flows.prefect_home import answers

LOOKS_EVERY_S = 0.25


def main() -> None:
    url, file = sys.argv[1:3]
    compile_once()
    while not answers(url):  # ended with the supervisor that started this
        time.sleep(LOOKS_EVERY_S)
    with get_client(sync_client=True) as client:
        make_pool(client)
        apply_automations(client)
        look_for_runs_at_work(client)
        deploy_once(client, Path(file))
        books = deployed_books(client)
        apply_queues(client, runs_at_once(os.environ, cores(), books))
        notify(client, books)


def compile_once() -> None:
    """While the server starts: a run is a process of its own, and where Python is told to keep nothing that it has
    compiled, as in many containers, each would compile the whole program anew. What is compiled already is not again.
    """
    found = (find_spec(package) for package in ("flows", "optimizer", "sql", "tasks"))
    for folder in (place for spec in found if spec for place in spec.submodule_search_locations or ()):
        compileall.compile_dir(folder, quiet=2)


def deployed_books(client: SyncPrefectClient) -> list[Path]:
    named = {one.parameters.get("book") for one in client.read_deployments()}
    return sorted(Path(book) for book in named if book)


def cores() -> int:
    """That this desk may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def notify(client: SyncPrefectClient, books: Sequence[Path]) -> None:
    """Who is told of what, by the desk's setting and by the books that are deployed; what is amiss is in desk.log."""
    wanted, said = wishes(os.environ, books)
    for sentence in (*said, *apply_notifications(client, wanted)):
        event_log(home()).warning("%s", sentence)


def deploy_once(client: SyncPrefectClient, file: Path) -> None:
    """What has not changed is not deployed again."""
    wanted = fingerprint(file, Path.cwd())
    if is_deployed(client, wanted):
        print("the deployments are as they were")
        return
    with switches_kept(client):
        _deploy(file)
    note_deployed(client, wanted)


def make_pool(client: SyncPrefectClient) -> None:
    """Of processes on the worker's machine, which say that they live; what a person has set in it stands."""
    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        template = _with_heartbeat(ProcessWorker.get_default_base_job_template())
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template), overwrite=True)
        return
    if pool.base_job_template != (told := _with_heartbeat(pool.base_job_template)):
        client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=told))


def _with_heartbeat(template: dict[str, Any]) -> dict[str, Any]:
    """Runs say that they live as often as the automation expects, on whichever machine their worker is."""
    made = copy.deepcopy(template)
    env = made.setdefault("variables", {}).setdefault("properties", {}).setdefault("env", {})
    env["default"] = {HEARTBEAT_VARIABLE: str(HEARTBEAT_S), **(env.get("default") or {})}
    return made


def _deploy(file: Path) -> None:
    sys.argv = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)]
    try:
        runpy.run_module("prefect", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise


if __name__ == "__main__":
    main()
