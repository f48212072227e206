"""Prefect's settings for this program: telemetry off, its home beside ours, a running server found again."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from flows.home import home
from tasks.storage import make_folder

URL_FILE = "prefect.url"
AS_THE_DESK_EXPECTS = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
"""How often a run says that it lives, in seconds, the shortest that Prefect knows: a silent one is taken for dead."""


def prepare_environment(*, quiet: bool) -> None:
    """Set what Prefect reads when it is first imported; what the user has set stands."""
    folder = make_folder(home())
    defaults = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_CLI_PROMPT": "false",
        **AS_THE_DESK_EXPECTS,
    }
    if quiet:
        defaults["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


@contextmanager
def server_noted(url: str) -> Iterator[None]:
    """Where a server of this home listens, for the commands that want to talk to it, as long as it does.

    Afterwards the port may be another home's; a note that another server has made since is left.
    """
    file = home() / URL_FILE
    file.write_text(url)
    try:
        yield
    finally:
        if file.is_file() and file.read_text() == url:
            file.unlink()


def use_running_server() -> bool:
    """Point Prefect at a server that answers: PREFECT_API_URL, or the one that `steelyard up` noted in this home."""
    url = noted_server()
    if not url or not answers(url):
        return False
    os.environ["PREFECT_API_URL"] = url
    return True


def noted_server() -> str:
    """The address, with its /api, at which a server of this home should be; empty where nobody noted one."""
    file = home() / URL_FILE
    return os.environ.get("PREFECT_API_URL") or (file.read_text().strip() if file.is_file() else "")


def answers(url: str, within_s: float = 3) -> bool:
    """Whether a Prefect server is there and well."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=within_s) as reply:
            return reply.status == 200
    except (urllib.error.URLError, OSError):
        return False
