"""Which client library speaks: one of two, and never both, in every environment that the tests are run in."""

import asyncio
from importlib.util import find_spec
from threading import Thread

import pytest

from tasks.brokers.ibkr import library
from tasks.brokers.ibkr.library import LIBRARY, NAMES
from tasks.errors import ConfigError


def test_one_library_is_installed_and_it_is_the_one_that_speaks() -> None:
    """Together they overwrite each other's `eventkit`, and no installer says so."""
    assert [name for name in NAMES if find_spec(name) is not None] == [LIBRARY]


def test_without_a_library_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install 'ib_insync"):
        library._found()


def test_a_worker_thread_has_an_event_loop_before_the_library_asks_for_one() -> None:
    """ib_insync raises in a thread without one, which is where Prefect runs a task."""
    found: list[object] = []

    def work() -> None:
        library._need_an_event_loop()
        found.append(asyncio.get_event_loop_policy().get_event_loop())

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert len(found) == 1
