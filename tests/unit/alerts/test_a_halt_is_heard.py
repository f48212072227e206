"""A person's word on a book's halt is heard like a breaker's: by the log of events, and by Prefect where it listens."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from prefect.events import Event

from flows.alerts.halt_events import practice
from flows.commands.halt import halt_book, resume_book
from tasks.journal import open_journal
from tasks.model.cycle import Cycle

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
ADA = "Ada Byron"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose journal knows two books."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    journal = open_journal(tmp_path)
    for name in ("core", "side"):
        day = NOON.date()
        cycle = Cycle(f"{name}:d", name, day, name, "manual", 1, "done", "", "b.yaml", "0" * 64, "", NOON, NOON)
        journal.fence.take(name, "this test", lambda: NOON)
        journal.cycles.open(cycle)
        journal.fence.release()
    journal.close()
    return tmp_path


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The one call of Prefect's server that takes events, and what it was told."""
    heard: list[dict[str, Any]] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.extend(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        log_message: Callable[..., None] = lambda *_: None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api", heard
    finally:
        server.shutdown()
        server.server_close()


def logged(home: Path) -> list[tuple[str, str, str]]:
    lines = [json.loads(line) for file in sorted((home / "logs").glob("*.jsonl")) for line in file.open()]
    return [(line["event"], line["book"], line["severity"]) for line in lines]


def test_a_halt_of_all_books_is_told_once_for_each_and_so_is_the_resume(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as (url, heard):
        monkeypatch.setenv("PREFECT_API_URL", url)
        halt_book(None, ADA, "prices look wrong", reducing=False, every=True, as_json=True)
        resume_book(None, ADA, "the feed is back", every=True, as_json=True)
    told = [Event.model_validate(body) for body in heard]
    halted, resumed = "steelyard.book.halted", "steelyard.book.resumed"
    assert sorted((event.event, event.resource.id.rsplit(".")[-1]) for event in told) == [
        (halted, "core"), (halted, "side"), (resumed, "core"), (resumed, "side")
    ]  # fmt: skip
    worst = {event.event: event.resource["steelyard.severity"] for event in told}
    assert worst == {halted: "critical", resumed: "informational"}
    assert told[0].payload["sentence"] == "every book is halted, says Ada Byron: prices look wrong"
    assert logged(home)[:2] == [("book.halted", "core", "halt"), ("book.halted", "side", "halt")]


def test_without_a_server_the_halt_is_in_the_log_of_events(home: Path) -> None:
    halt_book("core", ADA, "prices look wrong", reducing=True, every=False, as_json=True)
    assert logged(home) == [("book.reducing", "core", "warn")]


def test_a_server_that_is_away_costs_the_event_and_the_halt_stands(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    told = halt_book("core", ADA, "prices look wrong", reducing=False, every=False, as_json=True)
    assert told["books"] == {"core": "halted"}
    assert logged(home) == [("book.halted", "core", "halt")]


def test_a_drill_calls_nobody(home: Path) -> None:
    with practice():
        halt_book("core", ADA, "practice", reducing=False, every=False, as_json=True)
    assert logged(home) == []
