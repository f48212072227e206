"""Where a desk listens and with which settings its programs run; what the user has set stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.home import VARIABLE
from flows.prefect_home import AS_THE_DESK_EXPECTS
from tasks.journal.prefect_database import DATABASE_VARIABLE

POOL = "steelyard"
HOST_VARIABLE = "PREFECT_SERVER_API_HOST"
HEARTBEAT_VARIABLE = "PREFECT_FLOWS_HEARTBEAT_FREQUENCY"
HEARTBEAT_S = int(AS_THE_DESK_EXPECTS[HEARTBEAT_VARIABLE])
WORKER_HEARTBEAT_S = 30
OFTEN = {"PREFECT_WORKER_QUERY_SECONDS": "2"}
"""A person who pressed Run sees it begin; Prefect's own worker looks every ten seconds."""


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

    @property
    def page(self) -> str:
        """For a browser on this machine."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.page}/api"

    @property
    def of_server(self) -> dict[str, str]:
        return {**self.environment, **({DATABASE_VARIABLE: self.database} if self.database else {})}


def desk_settings(
    home: Path, port: int, deployments: Path, environment: Mapping[str, str], database: str = ""
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
    return DeskSettings(home, port, host, deployments, said, database)
