"""A browser reaches the reports of a home by their links, and nothing else of it."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.desk import state
from flows.desk.lock import held
from flows.desk.preflight import ready
from flows.desk.report_address import report_address
from flows.desk.report_server import report_app
from flows.desk.state import Stage
from tasks.artifacts import file_link
from tasks.errors import ConfigError
from tests.unit.flows.desk.test_before_a_desk_comes_up import ROOT, free_port


class Browser:
    """Opens what a server on loopback has."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        self.app = report_app(folder, host)

    def get(self, path: str, method: str = "GET", **options: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            way = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=way, base_url="http://127.0.0.1:4201") as client:
                return await client.request(method, path, **options)

        return asyncio.run(asked())


REPORT = "demo/2022-12-28/report.html"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a report, a page of Data Docs, one that is not whole yet, and what is nobody's business."""
    for name, words in {
        f"reports/{REPORT}": "<h1>the report</h1>",
        "reports/demo/2022-12-28/data_docs/index.html": "<h1>Data Docs</h1>",
        "reports/demo/2022-12-28/.next/abc-report.html": "half of it",
        "journal.sqlite": "the journal",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(words)
    return tmp_path


@pytest.fixture
def browser(home: Path) -> Browser:
    return Browser(home / "reports")


@pytest.mark.parametrize(
    ("path", "words"), [(REPORT, "the report"), ("demo/2022-12-28/data_docs/index.html", "Data Docs")]
)
def test_a_report_and_its_data_docs_open_by_their_links(browser: Browser, path: str, words: str) -> None:
    page = browser.get(f"/{path}")
    assert (page.status_code, words in page.text) == (200, True)
    assert page.headers["cache-control"] == "no-cache", "a report that was written again is seen"


@pytest.mark.parametrize(
    "path",
    [
        "demo",
        "demo/",
        "demo/2022-12-28/",
        "demo/2022-12-28/data_docs/",
        "../journal.sqlite",
        "%2e%2e/journal.sqlite",
        "demo/..%2f..%2fjournal.sqlite",
        "//etc/passwd",
        "demo/2022-12-28/.next/abc-report.html",
        "nowhere.html",
    ],
)
def test_nothing_is_listed_and_nothing_beside_the_reports_is_there(browser: Browser, path: str) -> None:
    assert browser.get(f"/{path}").status_code == 404


def test_a_link_out_of_the_reports_leads_nowhere(home: Path, browser: Browser) -> None:
    (home / "reports" / "out.html").symlink_to(home / "journal.sqlite")
    assert browser.get("/out.html").status_code == 404


def test_it_is_only_read(browser: Browser) -> None:
    assert [browser.get(f"/{REPORT}", method).status_code for method in ("PUT", "POST", "DELETE")] == [405] * 3


def test_on_loopback_a_page_from_elsewhere_cannot_call_it_by_a_name_of_its_own(browser: Browser) -> None:
    assert browser.get(f"/{REPORT}", headers={"host": "evil.example:4201"}).status_code == 400


def test_reports_that_are_still_to_come_are_served_once_they_are_there(tmp_path: Path) -> None:
    client = Browser(tmp_path / "reports", "0.0.0.0")
    assert client.get("/", headers={"host": "desk.example"}).status_code == 200
    assert client.get("/demo/report.html").status_code == 404
    (tmp_path / "reports" / "demo").mkdir()
    (tmp_path / "reports" / "demo" / "report.html").write_text("now")
    assert client.get("/demo/report.html").text == "now"


def test_a_page_links_the_report_while_the_desk_is_up_and_says_its_path_otherwise(home: Path) -> None:
    report = home / "reports" / REPORT
    assert report_address(home, report) == ""
    with held(home):
        begun = state.begun(4200, "http://127.0.0.1:4200", "http://127.0.0.1:4201")
        state.write(home, begun)
        assert report_address(home, report) == "", "it is not there yet"
        state.write(home, replace(begun, stage=Stage.UP))
        assert report_address(home, report) == f"http://127.0.0.1:4201/{REPORT}"
        assert report_address(home, home / "journal.sqlite") == ""
        odd = home / "reports" / "my book" / "a.html"
        assert report_address(home, odd) == "http://127.0.0.1:4201/my%20book/a.html"
    assert report_address(home, report) == ""


def test_a_link_has_an_address_or_says_where_the_file_lies() -> None:
    assert file_link("TCA report", Path("/r/a.html"), "http://h/a.html") == "[TCA report](http://h/a.html)"
    assert file_link("TCA report", Path("/r/a.html"), "") == "TCA report: `/r/a.html`"


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.chdir(ROOT)
    for name in [name for name in os.environ if name.startswith(("PREFECT_", "STEELYARD_"))]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_their_port_is_the_one_asked_for(tmp_path: Path, asks: pytest.MonkeyPatch) -> None:
    wanted = free_port()
    asks.setenv("STEELYARD_REPORTS_PORT", str(wanted))
    assert ready(tmp_path, free_port()).reports_url == f"http://127.0.0.1:{wanted}"
    asks.setenv("STEELYARD_REPORTS_URL", "https://reports.example/")
    assert ready(tmp_path, free_port()).reports_url == "https://reports.example"


@pytest.mark.parametrize(("said", "why"), [("80x", "a port is a number"), ("70000", "a port is a number")])
def test_a_port_that_is_none_is_said(tmp_path: Path, asks: pytest.MonkeyPatch, said: str, why: str) -> None:
    asks.setenv("STEELYARD_REPORTS_PORT", said)
    with pytest.raises(ConfigError, match=f"STEELYARD_REPORTS_PORT is {said}: {why}"):
        ready(tmp_path, free_port())


def test_the_servers_own_port_is_not_for_the_reports(tmp_path: Path, asks: pytest.MonkeyPatch) -> None:
    port = free_port()
    asks.setenv("STEELYARD_REPORTS_PORT", str(port))
    with pytest.raises(ConfigError, match=rf"{port} at 127.0.0.1, which is to serve the reports, is taken.*--reports"):
        ready(tmp_path, port)
