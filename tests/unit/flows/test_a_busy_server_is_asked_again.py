"""Prefect's server says 503 while its SQLite is busy with other writers: what the desk tells it then is not lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import pytest

from flows import prefect_rest
from tasks.retry import SERVER_IS_BUSY


@contextmanager
def server(*answers: int) -> Iterator[tuple[str, list[bytes]]]:
    """Gives these answers, the last one again and again; its address, and what it was told each time."""
    left, told = list(answers), list[bytes]()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.end_headers()
            self.wfile.write(b'{"id": 7}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}", told
        finally:
            listening.shutdown()


@pytest.fixture(autouse=True)
def _without_pauses() -> Iterator[None]:
    with patch.object(prefect_rest, "SERVER_IS_BUSY", (timedelta(0),) * len(SERVER_IS_BUSY)):
        yield


@pytest.mark.parametrize("busy", sorted(prefect_rest.BUSY))
def test_a_busy_server_is_told_the_same_until_it_takes_it(busy: int) -> None:
    with server(*[busy] * len(SERVER_IS_BUSY), 200) as (url, told):
        assert prefect_rest.call(url, "/events", [{"id": 1}]) == {"id": 7}
    assert told == [b'[{"id": 1}]'] * (len(SERVER_IS_BUSY) + 1)


def test_a_server_that_stays_busy_is_left_after_the_last_pause() -> None:
    with server(503) as (url, told):
        assert prefect_rest.call(url, "/events", []) is None
    assert len(told) == len(SERVER_IS_BUSY) + 1


@pytest.mark.parametrize("refusal", [400, 401, 404, 409, 422, 500])
def test_a_refusal_is_not_asked_again(refusal: int) -> None:
    """Also 500: nobody knows whether it was done."""
    with server(refusal, 200) as (url, told):
        assert prefect_rest.call(url, "/events", []) is None
    assert len(told) == 1
