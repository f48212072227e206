"""Prefect's own temporary server, as a process that ends with the run that needed it, even where that run is killed."""

import os
import subprocess
from typing import Any

import prefect
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import get_current_settings

from flows.lifeline import started

SERVER_ONLY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""What Prefect tells a server of this kind: no UI, and not to start one itself."""


class TemporaryServer(SubprocessASGIServer):
    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        """As Prefect starts it, but on a lifeline."""
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        return started(
            *("uvicorn", "--app-dir", str(prefect.__module_path__.parent)),
            *("--factory", "prefect.server.api.server:create_app", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--log-level", "error", "--lifespan", "on"),
            environment={**os.environ, **SERVER_ONLY, **settings},
        )
