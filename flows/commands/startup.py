"""Starts the slow things side by side: Prefect's server and the two libraries that take seconds to import."""

import importlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from flows.prefect_home import use_running_server

SLOW_IMPORTS = ("great_expectations", "cvxpy")


@dataclass
class StartUp:
    """Seconds each slow start took, as they ran beside each other, and all of them together."""

    seconds: dict[str, float] = field(default_factory=dict)
    together: float = 0.0

    def sentence(self) -> str:
        parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.seconds.items())
        return f"start-up {self.together:.1f} s side by side ({parts})"


@contextmanager
def warmed_up() -> Iterator[StartUp]:
    """A reachable Prefect server and warm imports; a server started here ends with this process, whatever ends it.

    One of our own is started where none is running: it is a process of its own, so it starts on the other core while
    this process imports.
    """
    began = time.perf_counter()
    start = StartUp()
    imports = threading.Thread(target=_import_slow, args=(start,), daemon=True)
    imports.start()
    with ExitStack() as opened:
        if not use_running_server():
            opened.enter_context(_own_server(start))
        imports.join()
        start.together = time.perf_counter() - began
        yield start


@contextmanager
def _own_server(start: StartUp) -> Iterator[None]:
    from flows.commands.temporary_server import temporary_server

    asked = time.perf_counter()
    with temporary_server():
        start.seconds["prefect server"] = time.perf_counter() - asked
        try:
            yield
        finally:
            _deliver_messages()


def _deliver_messages() -> None:
    """Let Prefect's background queues empty while there is a server; left over, they wait a minute for a dead one."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    APILogWorker.drain_all(timeout=10)
    EventsWorker.drain_all(timeout=10)


def _import_slow(start: StartUp) -> None:
    for name in SLOW_IMPORTS:
        began = time.perf_counter()
        importlib.import_module(name)
        start.seconds[name] = time.perf_counter() - began
