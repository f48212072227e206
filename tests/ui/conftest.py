"""One desk for all of these tests, as `steelyard up` starts it, and a browser before it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser can be driven")

from tests.flows.test_up_and_down import Home  # noqa: E402
from tests.ui.books import OwnBook  # noqa: E402
from tests.ui.desk import deploy_paced, opened_desk  # noqa: E402
from tests.ui.screen import NAMES, Screen, browser_on_this_machine, opened_browser, opened_tab  # noqa: E402

SWITCH = "STEELYARD_UI"


@pytest.fixture(scope="session")
def browser() -> Iterator[playwright.Browser]:
    if not os.environ.get(SWITCH):
        pytest.skip(f"{SWITCH}=1 drives a browser through the Prefect UI; it takes minutes")
    if not browser_on_this_machine():
        pytest.skip(f"no Chromium on this machine: none of {', '.join(NAMES)} is on the PATH")
    with playwright.sync_playwright() as driver:
        opened = opened_browser(driver)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def desk(browser: playwright.Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:  # noqa: ARG001
    """Only where there is a browser to look at it."""
    with opened_desk(tmp_path_factory.mktemp("desk")) as opened:
        deploy_paced(opened)
        yield opened


@pytest.fixture
def screen(browser: playwright.Browser, desk: Home) -> Iterator[Screen]:
    """A tab of its own for each test."""
    opened = opened_tab(browser, desk.url.removesuffix("/api"))
    yield opened
    opened.page.close()


@pytest.fixture
def book(desk: Home, request: pytest.FixtureRequest) -> OwnBook:
    """One for each test, so that the tests share a desk and nothing else."""
    return OwnBook(f"book{request.session.items.index(request.node)}", Path(desk.home), desk.folder)


@pytest.fixture(autouse=True)
def told_how_long(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each story says it, shown by `-s` and where it fails: a desk that becomes slow is seen before it is too slow."""
    began = time.monotonic()
    yield
    print(f"{request.node.name}: {time.monotonic() - began:.0f} s")
