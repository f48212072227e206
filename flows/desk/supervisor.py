"""Starts Prefect's server, a worker and the reports' server, minds and ends them; restarts what fell, and says so."""

import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from flows.desk import log
from flows.desk.children import Child
from flows.desk.decisions import Step, next_step, pause_s
from flows.desk.lock import held
from flows.desk.settings import METRICS_VARIABLE, POOL, QUEUE, WORKER_HEARTBEAT_S, DeskSettings
from flows.desk.state import DeskState, Stage, begun, forget, write
from flows.prefect_home import answers, server_noted
from flows.prefect_rest import call, headers_from, is_there
from tasks.errors import ConfigError, SteelyardError, StorageError
from tasks.heartbeats import Giver, beat

LOOKS_EVERY_S = 1.0
ASKS_EVERY_S = 10.0
STARTS_WITHIN_S = 180.0
SERVER_SILENT_S = 180.0
"""On a machine that is far too busy a server has kept everybody waiting for a minute, and was well; killed, it costs
its runs what they were telling it."""
SERVER_ANSWERS_WITHIN_S = 10.0
REPORTS_SILENT_S = 60.0
WORKER_SILENT_S = 4.0 * WORKER_HEARTBEAT_S
FALLS_SHOWN = 2
"""What fell once is soon there again; what falls again and again is told before it is."""


class Supervisor:
    """Of one home, as long as `keep` runs. `say` is told each event in a sentence."""

    def __init__(self, settings: DeskSettings, say: Callable[[str], None], *, quiet: bool) -> None:
        """`quiet`: what the programs print goes to a file of the home."""
        self.settings = settings
        self.state = begun(settings.port, settings.page, settings.reports_url)
        self._say = say
        self._events = log.event_log(settings.home)
        show = log.output_log(settings.home).info if quiet else None
        python_path = {"PYTHONPATH": ":".join(entry for entry in sys.path if entry)}
        port, environment = str(settings.port), {**settings.environment, **python_path}
        self.server = Child(
            "server",
            ("prefect", "server", "start", "--host", settings.host, "--port", port),
            {**settings.of_server, **python_path},
            *(SERVER_SILENT_S, STARTS_WITHIN_S, show),
        )
        self.worker = Child(
            "worker",
            ("flows.desk.worker", socket.gethostname()),
            environment,
            *(WORKER_SILENT_S, STARTS_WITHIN_S, show),
        )
        self.registrar = Child(
            "deployments",
            ("flows.desk.register", settings.url, str(settings.deployments)),
            environment,
            *(STARTS_WITHIN_S, STARTS_WITHIN_S, show),
        )
        self.reports = Child(
            "reports",
            ("flows.desk.report_server", settings.reports_host, str(settings.reports_port), str(settings.reports)),
            environment,
            *(REPORTS_SILENT_S, STARTS_WITHIN_S, show),
        )
        self.metrics = self._metrics_at(settings.environment.get(METRICS_VARIABLE, ""), environment, show)
        workers = (self.worker,) if settings.has_worker else ()
        self._minded = (self.server, *workers, self.reports, *self.metrics)
        self._headers = headers_from(settings.environment)
        self._heartbeat = ""
        self._asked = 0.0

    def _metrics_at(
        self, port: str, environment: Mapping[str, str], show: Callable[[str], None] | None
    ) -> tuple[Child, ...]:
        """Served only where a port is named; it gives no sign of life but that it lives."""
        patience = (float("inf"), float("inf"))
        return (Child("metrics", ("flows.metrics", port), environment, *patience, show),) if port else ()

    def keep(self, *, opened: Callable[[DeskState], None] | None = None) -> None:
        """Until it is interrupted; `opened` is called once all is up.

        Raises: DeskIsUpError where this home has one; ConfigError or SteelyardError where it cannot be opened.
        """
        with held(self.settings.home):
            try:
                self._record_children(self.state)
                with server_noted(self.settings.url):
                    self._open()
                    if opened is not None:
                        opened(self.state)
                    while True:
                        self._look()
                        time.sleep(LOOKS_EVERY_S)
            except SteelyardError as stop:
                self._record_children(replace(self.state, stage=Stage.FAILED, message=str(stop)))
                raise
            except KeyboardInterrupt:
                self._event("told to end")
                self._record_children(replace(self.state, stage=Stage.STOPPING))
            finally:
                self._end()
                if self.state.stage is Stage.STOPPING:
                    forget(self.settings.home)

    # ---- up ---------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """What tells the server of the deployments is started with it: both have their imports to do."""
        began = time.monotonic()
        self.server.start()
        self.registrar.start()
        self.reports.start()
        self._event(f"starting at {self.settings.page}")
        self._wait_for(self.server, lambda: answers(self.settings.url))
        self.registrar.excuse()
        self._heartbeat = self._heartbeat_now()
        if self.settings.has_worker:
            self.worker.start()
        self._record_children(self.state)
        self._wait_for(self.registrar, lambda: self.registrar.status == 0)
        if self.settings.has_worker:
            self._wait_for(self.worker, self._worker_is_there)
        self._wait_for(self.reports, self._reports_are_there)
        for metrics in self.metrics:
            metrics.start()
        self._record_children(replace(self.state, stage=Stage.UP, runs_at_once=self._runs_at_once()))
        self._event(f"up after {time.monotonic() - began:.0f} s, {self.state.runs_at_once} runs at once")

    def _runs_at_once(self) -> int:
        """As the registrar has told the server; 0 where that does not say."""
        queue = call(self.settings.url, f"/work_pools/{POOL}/queues/{QUEUE}", headers=self._headers)
        return int(queue["concurrency_limit"] or 0) if isinstance(queue, dict) else 0

    def _wait_for(self, child: Child, met: Callable[[], bool]) -> None:
        while not met():
            for each in (self.server, child):
                if each.status is not None:
                    raise ConfigError(self._why_not(each, f"ended with status {each.status}"))
            if child.seen().silent_s > STARTS_WITHIN_S:
                raise ConfigError(self._why_not(child, f"was not ready within {STARTS_WITHIN_S:.0f} s"))
            time.sleep(LOOKS_EVERY_S / 4)

    def _why_not(self, child: Child, what: str) -> str:
        said = "\n".join(child.last)
        return f"the {child.name} {what}; it said:\n{said}" if said else f"the {child.name} {what}; it says why above"

    # ---- while it is up ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if time.monotonic() - self._asked >= ASKS_EVERY_S:
            self._beat()
            self._probe()
            self._asked = time.monotonic()
        for child in self._minded:
            self._mind(child)

    def _beat(self) -> None:
        """For books that trade only while a desk is up; a disk that is full says so elsewhere."""
        with suppress(OSError, StorageError):
            beat(self.settings.home, Giver.DESK, self.state.holder, datetime.now(UTC))

    def _probe(self) -> None:
        if self._reports_are_there():
            self.reports.gave_sign()
        if not answers(self.settings.url, SERVER_ANSWERS_WITHIN_S):
            self.worker.excuse()
            return
        self.server.gave_sign()
        if self._worker_is_there():
            self._heartbeat = self._heartbeat_now()
            self.worker.gave_sign()

    def _mind(self, child: Child) -> None:
        seen = child.seen()
        step = next_step(seen)
        if step is Step.KILL:
            self._event(f"{child.name} gave no sign of life for {seen.silent_s:.0f} s: killed")
            child.kill()
        elif step is Step.NOTE_END:
            child.note_end()
            pause = pause_s(child.falls)
            sentence = f"{child.name} ended with status {seen.status}; it is started again in {pause:.0f} s"
            self._event(sentence, shown=child.falls > FALLS_SHOWN)
        elif step is Step.START:
            child.start()
            at = f"{datetime.now(UTC):%H:%M} UTC"
            self._event(f"{child.name} started again at {at} after it ended with status {seen.status}", shown=True)

    def _reports_are_there(self) -> bool:
        return is_there(f"http://{self.settings.reports_at}")

    def _worker_is_there(self) -> bool:
        """Whether it has given a sign of life since the last one that we know."""
        return self._heartbeat_now() not in ("", self._heartbeat)

    def _heartbeat_now(self) -> str:
        """When our worker last gave one, by the server; empty where it does not say."""
        workers = call(self.settings.url, f"/work_pools/{POOL}/workers/filter", {}, headers=self._headers)
        for worker in workers if isinstance(workers, list) else []:
            if worker["name"] == socket.gethostname() and worker["status"] == "ONLINE":
                return str(worker["last_heartbeat_time"])
        return ""

    # ---- down -------------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """The worker first, while there is a server that it can tell how its runs ended."""
        for child in (self.registrar, self.reports, *self.metrics, self.worker, self.server):
            child.end()
        self._event("down")

    # ---- said -------------------------------------------------------------------------------------------------------

    def _event(self, sentence: str, *, shown: bool = False) -> None:
        self._events.info(sentence)
        self._say(sentence)
        if shown:
            self._record_children(self.state.with_event(sentence))

    def _record_children(self, state: DeskState) -> None:
        children = {child.name: child.holder for child in self._minded if child.process is not None}
        self.state = replace(state, children=children)
        write(self.settings.home, self.state)
