"""What would keep a desk from coming up, asked before anything is started; each answer has its remedy."""

import os
import socket
from pathlib import Path

from flows.deployments import deployments_file
from flows.desk.settings import HOST_VARIABLE, DeskSettings, desk_settings
from flows.prefect_home import answers
from flows.prefect_rest import call, headers_from
from tasks.errors import ConfigError
from tasks.journal.prefect_database import make_prefect_database
from tasks.storage import make_folder, must_have_room

ROOM_MEGABYTES = 16
"""What Prefect's database of a first day and the logs take."""
FIRST_CHOICE = 4300
"""Of another port; where that one is taken, 4400."""


def ready(home: Path, port: int) -> DeskSettings:
    """The settings of a desk that can come up now.

    Raises: ConfigError for a port that is taken, a home without deployments, a database that does not answer;
    StorageError for a home that cannot be written.
    """
    must_have_room(make_folder(home), ROOM_MEGABYTES)
    _port_must_be_free(home, port)
    settings = desk_settings(home, port, deployments_file(Path.cwd(), home), os.environ)
    return DeskSettings(
        home, port, settings.host, settings.deployments, settings.environment, make_prefect_database(os.environ)
    )


def _port_must_be_free(home: Path, port: int) -> None:
    host = os.environ.get(HOST_VARIABLE) or "127.0.0.1"
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server does: one that has just ended is gone
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(_who_has(home, port, host, error)) from error


def _who_has(home: Path, port: int, host: str, error: OSError) -> str:
    """Another Prefect server, perhaps another home's, or any other program."""
    elsewhere = "`steelyard up --port 4400`" if port == FIRST_CHOICE else "`steelyard up --port 4300`"
    url = f"http://127.0.0.1:{port}/api"
    if not answers(url):
        return (
            f"port {port} at {host} cannot be had ({error.strerror}): end the program that has it, or take {elsewhere}"
        )
    told = call(url, "/admin/settings", headers=headers_from(os.environ))
    folder = told.get("home") if isinstance(told, dict) else None
    if folder == str(home / "prefect"):
        return (
            f"a Prefect server of this home answers at port {port}, and `steelyard up` did not start it: end it where "
            f"it was started, or take {elsewhere}"
        )
    whose = f" that keeps its state in {folder}" if folder else ""
    return f"another Prefect server{whose} answers at port {port}: end it where it was started, or take {elsewhere}"
