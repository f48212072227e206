"""What would keep a desk from coming up, asked before anything is started; each answer has its remedy."""

import os
import socket
from pathlib import Path

from flows.alerts.settings import log_settings
from flows.deployments import deployments_file
from flows.desk.settings import (
    HOST_VARIABLE,
    METRICS_VARIABLE,
    REPORTS_HOST_VARIABLE,
    REPORTS_PORT_VARIABLE,
    DeskSettings,
    desk_settings,
    runs_asked,
)
from flows.prefect_home import answers
from flows.prefect_rest import call, headers_from
from tasks.errors import ConfigError
from tasks.journal.prefect_database import make_prefect_database
from tasks.storage import make_folder, must_have_room

HIGHEST_PORT = 65535
ROOM_MEGABYTES = 16
"""What Prefect's database of a first day and the logs take."""
FIRST_CHOICE = 4300
"""Of another port; where that one is taken, 4400."""


def ready(home: Path, port: int) -> DeskSettings:
    """The settings of a desk that can come up now.

    Raises: ConfigError for a port that is taken, also the one asked for the reports, a home without deployments, a
    number of runs that is none, a database that does not answer; StorageError for a home that cannot be written.
    """
    must_have_room(make_folder(home), ROOM_MEGABYTES)
    _port_must_be_free(home, port)
    _metrics_port_must_be_one(os.environ.get(METRICS_VARIABLE, ""))
    log_settings(home, os.environ)
    runs_asked(os.environ)
    reports_port = _reports_port(port)
    deployments = deployments_file(Path.cwd(), home)
    return desk_settings(home, port, deployments, os.environ, make_prefect_database(os.environ), reports_port)


def _metrics_port_must_be_one(port: str) -> None:
    if port and not (port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        raise ConfigError(f"{METRICS_VARIABLE} is {port}: a port is a number from 1 to {HIGHEST_PORT}, e.g. 9464")


def _reports_port(port: int) -> int:
    """The one that is asked for; without such a wish the one after the server's or, where that is taken, any.

    Raises: ConfigError where the one that is asked for is no port or is taken.
    """
    host = os.environ.get(REPORTS_HOST_VARIABLE) or "127.0.0.1"
    asked = os.environ.get(REPORTS_PORT_VARIABLE)
    if not asked:
        return port + 1 if _is_free(host, port + 1) else _any_free(host)
    if not asked.isdigit() or not 0 < int(asked) <= HIGHEST_PORT:
        raise ConfigError(f"{REPORTS_PORT_VARIABLE} is {asked}: a port is a number from 1 to {HIGHEST_PORT}")
    if int(asked) == port or not _is_free(host, int(asked)):
        raise ConfigError(
            f"port {asked} at {host}, which is to serve the reports, is taken: end the program that has it, or name "
            f"another one with --reports-port, e.g. {port + 1}"
        )
    return int(asked)


def _is_free(host: str, port: int) -> bool:
    return port <= HIGHEST_PORT and _refusal(host, port) is None


def _any_free(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _refusal(host: str, port: int) -> OSError | None:
    """Why nobody can listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server does: one that has just ended is gone
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _port_must_be_free(home: Path, port: int) -> None:
    host = os.environ.get(HOST_VARIABLE) or "127.0.0.1"
    if (error := _refusal(host, port)) is not None:
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
