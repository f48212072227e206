"""What a person is told: through Prefect's blocks, by a real server, to an SMTP server and a webhook of the test."""

import http.server
import json
import queue
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.alerts.prefect_events import Origin, Outbox, bodies, post
from flows.desk import notifications
from flows.desk.notifications import PREFIX, Wish, apply_notifications
from tasks.model.desk_event import DeskEvent, order_moved
from tasks.model.order_records import OrderEvent
from tasks.model.orders import OrderState
from tasks.model.plan import Severity
from tests.flows.test_on_a_server import Server

ARRIVES_WITHIN_S = 60
SHORTEST_S = 10
"""That Prefect takes for something that does not happen."""


@contextmanager
def listening(server: socketserver.TCPServer) -> Iterator[int]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def webhook() -> Iterator[tuple[int, "queue.Queue[dict[str, Any]]"]]:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: ARG002 - its name is the library's
            return

    with listening(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)) as port:
        yield port, heard


@contextmanager
def mailbox() -> Iterator[tuple[int, "queue.Queue[EmailMessage]"]]:
    """As much of SMTP as a mail needs to be handed in."""
    heard: queue.Queue[EmailMessage] = queue.Queue()

    class Smtp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 mail.example")
            while words := self.rfile.readline().decode().strip().upper():
                if words.startswith("DATA"):
                    self.say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    heard.put(cast("EmailMessage", message_from_string("".join(lines), policy=policy.default)))
                self.say("221 bye" if words.startswith("QUIT") else "250 ok")
                if words.startswith("QUIT"):
                    return

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Smtp)) as port:
        yield port, heard


@pytest.fixture
def client(prefect_server: dict[str, str]) -> Iterator[SyncPrefectClient]:
    with (
        temporary_settings({PREFECT_API_URL: prefect_server["PREFECT_API_URL"]}),
        get_client(sync_client=True) as client,
    ):
        yield client


def mine(client: SyncPrefectClient) -> dict[str, Any]:
    return {one.name: one for one in client.read_automations() if one.name.startswith(PREFIX)}


def test_a_person_hears_by_mail_and_by_webhook_when_one_is_wanted(
    client: SyncPrefectClient, prefect_server: dict[str, str]
) -> None:
    with webhook() as (web, posted), mailbox() as (smtp, mails), patch.object(notifications, "WAITS_S", SHORTEST_S):
        SlackWebhook(url=f"json://127.0.0.1:{web}/").save("desk", overwrite=True)  # type: ignore[arg-type]
        mail = f"mailto://127.0.0.1:{smtp}/?from=desk@example.com&to=ada@example.com&mode=insecure"
        SlackWebhook(url=mail).save("mail", overwrite=True)  # type: ignore[arg-type]
        wanted = [Wish("slack-webhook/desk"), Wish("slack-webhook/mail", "demo"), Wish("slack-webhook/nobody")]
        (missing,) = apply_notifications(client, wanted)
        assert missing.startswith("nobody is told by slack-webhook/nobody: there is no such block; make it in the UI")
        first = mine(client)
        assert len(first) == 6
        switched_off = first["steelyard: tell slack-webhook/mail of demo: how runs end"]
        client.pause_automation(switched_off.id)
        apply_notifications(client, wanted)
        again = mine(client)
        assert {name: one.id for name, one in again.items()} == {name: one.id for name, one in first.items()}
        assert [name for name, one in again.items() if not one.enabled] == [switched_off.name]

        say = post(prefect_server["PREFECT_API_URL"], {})
        at = datetime.now(UTC)
        with Outbox(say) as outbox:
            for book in ("other", "demo"):
                told = [
                    order_moved(OrderEvent("k0", OrderState.ACCEPTED, at)),
                    order_moved(OrderEvent("k1", OrderState.REJECTED, at, reason="no permission")),
                    DeskEvent("break.open", "AAPL: ours 10, theirs 9", Severity.WARN),
                ]
                outbox.put(bodies(Origin(book, "2022-12-28"), told, at))
        heard = [posted.get(timeout=ARRIVES_WITHIN_S) for _ in range(4)]
        assert sorted((one["title"], one["message"]) for one in heard) == [
            (f"{book}: steelyard.{name}", f"{sentence}\n{book} 2022-12-28")
            for book in ("demo", "other")
            for name, sentence in (
                ("break.open", "AAPL: ours 10, theirs 9"),
                ("order.rejected", "k1 is rejected: no permission"),
            )
        ]
        subjects = sorted(mails.get(timeout=ARRIVES_WITHIN_S)["Subject"] for _ in range(2))
        assert subjects == ["demo: steelyard.break.open", "demo: steelyard.order.rejected"]

        _a_run_crashes(prefect_server["PREFECT_API_URL"])
        crashed = posted.get(timeout=ARRIVES_WITHIN_S)
        assert (crashed["title"], crashed["message"].splitlines()[0]) == ("demo 2022-12-28: Crashed", "Press Retry")
        _a_run_is_late(prefect_server["PREFECT_API_URL"])
        late = posted.get(timeout=ARRIVES_WITHIN_S)
        assert late["title"] == "demo 2022-12-28: Late"
        assert late["message"].startswith("It has not begun for ")
        assert mails.get(timeout=ARRIVES_WITHIN_S)["Subject"] == late["title"]
        apply_notifications(client, [])
        assert mine(client) == {}
        assert posted.empty()
        assert mails.empty(), "whoever switched it off is not told how runs end"


def _a_run_crashes(url: str) -> None:
    _a_run_is(url, {"type": "CRASHED", "message": "Press Retry"})


def _a_run_is_late(url: str) -> None:
    """As Prefect marks it some seconds after it was due."""
    _a_run_is(url, {"type": "SCHEDULED"}, {"type": "SCHEDULED", "name": "Late"})


def _a_run_is(url: str, *states: dict[str, str]) -> None:
    server = Server(url)
    flow = server.call("/flows/", {"name": "rebalance"})["id"]
    run = server.call("/flow_runs/", {"flow_id": flow, "name": "demo 2022-12-28"})["id"]
    for state in states:
        assert server.call(f"/flow_runs/{run}/set_state", {"state": state})["status"] == "ACCEPT"


def test_a_block_that_hears_of_every_book_is_not_told_of_one_twice(tmp_path: Path) -> None:
    from flows.desk.notifications import wishes
    from tests.flows.conftest import small_book

    book = small_book(tmp_path)
    book.write_text(book.read_text() + "alerts: {notify: [slack-webhook/desk, slack-webhook/ada]}\n")
    broken = tmp_path / "broken.yaml"
    broken.write_text("book: Not A Name\n")
    found, said = wishes({"STEELYARD_NOTIFY": "slack-webhook/desk, slack"}, [book, broken])
    assert found == [Wish("slack-webhook/desk"), Wish("slack-webhook/ada", "small")]
    assert said[0] == "STEELYARD_NOTIFY: slack is no block; write TYPE/NAME, e.g. slack-webhook/desk"
    assert said[1].startswith(f"nobody is told of {broken}, which cannot be read: ")
