"""The report on paper: nothing is cut off, every page says whose it is; by the Chromium of this machine."""

import re
from pathlib import Path

import pytest
from tca_desk import report_inputs

from tasks.errors import ConfigError
from tasks.tca.pdf import NAMES, VARIABLE, chromium, pdf_of
from tasks.tca.render import css_text, report_html
from tasks.tca.report import build_report

A4_LANDSCAPE_PX = 1030
"""297 mm less its margins, at 96 px an inch."""


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(build_report(report_inputs()))


@pytest.fixture(scope="module")
def browser() -> str:
    try:
        return chromium()
    except ConfigError:
        pytest.skip(f"no Chromium on this machine: none of {', '.join(NAMES)} is on the PATH")


def test_the_page_is_printed_on_a4_in_landscape(page: str, browser: str) -> None:
    printed = pdf_of(page, browser)
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", printed)) > 5
    width, height = map(float, re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)[0])
    assert (round(width), round(height)) == (842, 595)


def test_no_table_is_wider_than_the_paper(page: str, browser: str, tmp_path: Path) -> None:
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser can be driven")
    file = tmp_path / "report.html"
    file.write_text(page.replace("<details ", "<details open "), encoding="utf-8")
    with driver.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = opened.new_page(viewport={"width": A4_LANDSCAPE_PX, "height": 760}, java_script_enabled=True)
        tab.emulate_media(media="print")
        tab.goto(file.as_uri())
        wide = tab.evaluate(
            "([...document.querySelectorAll('table, figure, dl')].filter(t => t.getBoundingClientRect().right > "
            f"{A4_LANDSCAPE_PX} + 1).map(t => t.innerText.slice(0, 80)))"
        )
        opened.close()
    assert wide == []


def test_each_page_is_headed_by_the_reports_id(page: str) -> None:
    assert '@top-left { content: "tca-core-2022-06-15-r1"' in page


@pytest.mark.parametrize("text", ['"; } body { display: none } "', "\\22 ; }", "a\nb", "</style><script>", "＂"])
def test_no_name_leaves_the_quotes_of_the_style_sheet(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9 ._-]*", css_text(text))


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.usefixtures("no_browser")
def test_without_a_browser_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"none of chromium.* is on the PATH; install it"):
        chromium()
    monkeypatch.setenv(VARIABLE, "/no/such/browser")
    with pytest.raises(ConfigError, match="names /no/such/browser, which is not there"):
        chromium()


def test_a_browser_that_prints_nothing_is_told() -> None:
    with pytest.raises(ConfigError, match=r"true printed no PDF \(status 0\)"):
        pdf_of("<p>page</p>", "/bin/true")
    with pytest.raises(ConfigError, match="does not start"):
        pdf_of("<p>page</p>", "/no/such/browser")
