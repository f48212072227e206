"""A Prefect server for one run: a process that ends with the run that needed it, even where that run is killed.

Prefect has one of its own, and whoever starts it imports all of Prefect's server to ask where to find it: seconds of
every run. This one is told where to listen.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import prefect
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, get_current_settings, temporary_settings

from flows.lifeline import started
from flows.prefect_home import answers
from tasks.errors import SteelyardError
from tasks.storage import make_folder, must_have_room

SERVER_ONLY = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
"""What Prefect tells a server of this kind: no UI, and not to start one itself."""
PATIENCE_SECONDS = 180
ATTEMPTS = 3
"""Another program may take the port between our question and the server's."""
ROOM_MEGABYTES = 4
"""What an empty database of Prefect's and a small session beside it take."""


@contextmanager
def temporary_server() -> Iterator[None]:
    """Prefect talks to a server of ours from here on, and to none afterwards.

    Raises: StorageError when its folder takes no database; SteelyardError when no server answers.
    """
    must_have_room(make_folder(PREFECT_HOME.value()), ROOM_MEGABYTES)
    server, url = _answering()
    try:
        with temporary_settings({PREFECT_API_URL: url}):
            yield
    finally:
        server.terminate()
        server.wait()


def _answering() -> tuple[subprocess.Popen[bytes], str]:
    until = time.monotonic() + PATIENCE_SECONDS
    for _ in range(ATTEMPTS):
        port = _free_port()
        url = f"http://127.0.0.1:{port}/api"
        server = _started(port)
        while server.poll() is None and time.monotonic() < until:
            if answers(url):
                return server, url
            time.sleep(0.1)
        server.kill()
        server.wait()
    if time.monotonic() < until:
        why = f"ended {ATTEMPTS} times as soon as it was started: what it wrote above says why"
    else:
        why = f"did not answer within {PATIENCE_SECONDS} s"
    raise SteelyardError(
        f"Prefect's server {why}. Run this again, or start one with `steelyard up`: every run then uses it"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(port: int) -> subprocess.Popen[bytes]:
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    return started(
        *("uvicorn", "--app-dir", str(prefect.__module_path__.parent)),
        *("--factory", "prefect.server.api.server:create_app", "--host", "127.0.0.1", "--port", str(port)),
        *("--log-level", "error", "--lifespan", "on"),
        environment={**os.environ, **SERVER_ONLY, **settings},
    )
