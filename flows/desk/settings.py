"""Where a desk listens and with which settings its programs run; what the user has set stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.desk.report_address import FOLDER
from flows.home import VARIABLE
from flows.prefect_home import AS_THE_DESK_EXPECTS
from tasks.errors import ConfigError
from tasks.journal.prefect_database import DATABASE_VARIABLE

POOL = "steelyard"
QUEUE = "default"
"""Of the pool: where runs wait their turn."""
BY_HAND = "by-hand"
"""Of what a person starts, as prefect.yaml says: it never waits."""
RUNS_VARIABLE = "STEELYARD_RUNS_AT_ONCE"
NO_WORKER_VARIABLE = "STEELYARD_NO_WORKER"
"""Set to anything where only workers of other machines shall take runs."""
HOST_VARIABLE = "PREFECT_SERVER_API_HOST"
REPORTS_HOST_VARIABLE = "STEELYARD_REPORTS_HOST"
REPORTS_PORT_VARIABLE = "STEELYARD_REPORTS_PORT"
REPORTS_URL_VARIABLE = "STEELYARD_REPORTS_URL"
"""What links begin with, where a person's browser reaches the reports by another name than their server's."""
LOOPBACK = ("127.0.0.1", "localhost")
METRICS_VARIABLE = "STEELYARD_METRICS_PORT"
"""Where metrics for Prometheus are served, on this machine alone; without it nowhere."""
HEARTBEAT_VARIABLE = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
HEARTBEAT_S = int(AS_THE_DESK_EXPECTS[HEARTBEAT_VARIABLE])
WORKER_HEARTBEAT_S = 30
OFTEN = {"PREFECT_WORKER_QUERY_SECONDS": "1"}
"""A person who pressed Run, or said yes, sees it begin; Prefect's own worker looks every ten seconds."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    home: Path
    port: int
    host: str
    """What the server listens at; other machines need another one than 127.0.0.1."""
    deployments: Path
    """The prefect.yaml."""
    environment: Mapping[str, str]
    """Of server and worker."""
    database: str = ""
    """URL of Prefect's own database, for the server alone; empty where Prefect decides."""
    reports_port: int = 0
    """Of the reports' own server."""
    reports_host: str = "127.0.0.1"

    @property
    def page(self) -> str:
        """For a browser on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.page}/api"

    @property
    def reports_url(self) -> str:
        """What the link of a report begins with."""
        return self.environment.get(REPORTS_URL_VARIABLE, "").rstrip("/") or f"http://{self.reports_at}"

    @property
    def reports_at(self) -> str:
        """Where this machine reaches their server, as host:port."""
        return f"{_reachable(self.reports_host)}:{self.reports_port}"

    @property
    def reports(self) -> Path:
        """The one folder of the home that is served."""
        return self.home / FOLDER

    @property
    def has_worker(self) -> bool:
        """Whether runs are worked on this machine too."""
        return not self.environment.get(NO_WORKER_VARIABLE)

    @property
    def of_server(self) -> dict[str, str]:
        return {**self.environment, **({DATABASE_VARIABLE: self.database} if self.database else {})}


def runs_asked(environment: Mapping[str, str]) -> int | None:
    """How many runs shall be at work at once; None where nobody says. Raises: ConfigError for what is no number."""
    asked = environment.get(RUNS_VARIABLE, "")
    if not asked:
        return None
    if not asked.isdigit() or int(asked) < 1:
        raise ConfigError(f"{RUNS_VARIABLE} is {asked}: write how many runs may be at work at once, from 1 on, e.g. 3")
    return int(asked)


def _reachable(host: str) -> str:
    """Under which name this machine reaches who listens at `host`."""
    return "127.0.0.1" if host in ("0.0.0.0", *LOOPBACK) else host


def desk_settings(
    home: Path, port: int, deployments: Path, environment: Mapping[str, str], database: str = "", reports_port: int = 0
) -> DeskSettings:
    """The programs share this home, wherever their runs are started."""
    host = environment.get(HOST_VARIABLE) or "127.0.0.1"
    url = f"http://127.0.0.1:{port}/api"
    said = {
        "PREFECT_UI_API_URL": url,
        **OFTEN,
        **AS_THE_DESK_EXPECTS,
        **environment,
        VARIABLE: str(home),
        "PREFECT_API_URL": url,
    }
    reports_host = environment.get(REPORTS_HOST_VARIABLE) or "127.0.0.1"
    return DeskSettings(home, port, host, deployments, said, database, reports_port, reports_host)
