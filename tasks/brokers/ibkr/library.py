"""The one place that imports the client library: ib_async where it is installed, else ib_insync; same names in both.

Only the part that speaks the wire is used: socket, encoding, decoding. The library's own `IB` class keeps order states
that are not the broker's (a live order becomes `Cancelled` by a warning) and answers with what it has when a question
timed out, so nothing of it is used here.
"""

# The policy is deprecated from Python 3.14 on; the library needs it while it is imported.
# pyright: reportDeprecated=false

import asyncio
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from tasks.errors import ConfigError
from tasks.packages import installed_by

NAMES = ("ib_async", "ib_insync")
"""In order of preference; never both in one environment: they overwrite each other's `eventkit`."""


def _found() -> ModuleType:
    """Raises: ConfigError when neither is installed."""
    _need_an_event_loop()
    for name in NAMES:
        if find_spec(name) is not None:
            return import_module(name)
    raise ConfigError(f"broker.name: ibkr needs a client library; `{installed_by(NAMES[-1])}` adds it")


def _need_an_event_loop() -> None:
    """ib_insync asks for this thread's loop while it is imported; in a worker thread there is none."""
    try:
        asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        asyncio.set_event_loop(asyncio.new_event_loop())


_library = _found()
LIBRARY: str = _library.__name__
Client: Any = _library.Client
Contract: Any = _library.Contract
ExecutionFilter: Any = _library.ExecutionFilter
Order: Any = _library.Order
TagValue: Any = _library.TagValue


def forget_loops() -> None:
    """Let the library meet its loop anew, where it remembers one."""
    forget = getattr(_library.util.getLoop, "cache_clear", None)
    if forget is not None:
        forget()
