"""Starts a watch for the time of a run, and lets it go on where the run leaves orders behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flows.home import VARIABLE, home
from flows.prefect_rest import AUTH_STRING, KEY
from tasks.journal import Journal
from tasks.model.order_states import UNRESOLVED, WORKING

_left: list[subprocess.Popen[bytes]] = []
"""Watches that go on after their run: kept, so that nobody calls them forgotten."""


@contextmanager
def watched(journal: Journal, cycle_id: str) -> Iterator[None]:
    """Somebody else looks whether a person presses Cancel, as long as this run may have orders at work.

    Only for a run on a server of its own: nobody can press anything at one that lives in this process.
    """
    if (address := _server()) is None:
        yield
        return
    watch = _started(*address)
    try:
        yield
    except BaseException:
        _let_go(watch, journal, cycle_id)
        raise
    _end(watch)


def _server() -> tuple[str, str, dict[str, str]] | None:
    """The API's address, the run, and what the server wants to know of who asks it."""
    from prefect.client.base import ServerType
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.context import FlowRunContext
    from prefect.settings import get_current_settings

    context = FlowRunContext.get()
    if context is None or context.flow_run is None or not isinstance(context.client, SyncPrefectClient):
        return None
    if context.client.server_type is ServerType.EPHEMERAL:
        return None
    api = get_current_settings().api
    secrets = {KEY: api.key, AUTH_STRING: api.auth_string}
    told = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
    return str(context.client.api_url).rstrip("/"), str(context.flow_run.id), told


def _started(url: str, run: str, secrets: dict[str, str]) -> subprocess.Popen[bytes]:
    """In a session of its own: what ends the run, or its worker, does not end it. It holds none of the run's pipes."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    environment = {**os.environ, **secrets, VARIABLE: str(home()), "PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cancel_watch", url, run],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(watch: subprocess.Popen[bytes]) -> None:
    watch.kill()
    watch.communicate()


def _let_go(watch: subprocess.Popen[bytes], journal: Journal, cycle_id: str) -> None:
    """The run ends by a fault, a signal or a person: it is over only where nothing of it is at the broker."""
    with suppress(Exception):  # a journal that does not answer: then the watch goes on
        if not (may_be_at_the_broker(journal, cycle_id) or _was_cancelled(journal, cycle_id)):
            _end(watch)
            return
    if watch.stdin is not None:
        watch.stdin.close()
    _left.append(watch)


def may_be_at_the_broker(journal: Journal, cycle_id: str) -> bool:
    """Whether any order of a session works or is in doubt, as far as our record knows."""
    return any(piece.state in WORKING | UNRESOLVED for piece in journal.orders.slices(cycle_id))


def _was_cancelled(journal: Journal, cycle_id: str) -> bool:
    """Then it is left to whoever takes its orders off."""
    return any(word.said == "cancelled" for word in journal.cancellations.of(cycle_id))
