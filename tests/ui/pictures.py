"""Takes the pictures of the documentation from the real UI and a real report: `python -m tests.ui.pictures [FOLDER]`.

It opens a desk in a home of its own, plans and rebalances books/demo.yaml, approves the plan by its form, looks at what
came out, and lets a schedule fire. Needs a Chromium on the PATH; takes some minutes.
"""

import io
import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, expect, sync_playwright
from rich.console import Console
from rich.text import Text

from tests.flows.conftest import ROOT
from tests.flows.test_up_and_down import Home
from tests.ui.desk import opened_desk
from tests.ui.screen import PATIENCE_MS, Screen, opened_browser, opened_tab

PICTURES = ROOT / "docs" / "pictures"
COLOURS = 48
MOST_BYTES = 150_000
COLUMNS = 120
FIRINGS, APART_S = 3, 60
SESSION = "2022-11-29"
"""The first one of books/demo.yaml."""


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="steelyard-") as place,
        sync_playwright() as driver,
        opened_desk(Path(place)) as desk,
    ):
        browser = opened_browser(driver)
        screen = opened_tab(browser, desk.url.removesuffix("/api"))
        show_the_plan(screen, desk, folder)
        tell_the_story(screen, desk, folder)
        show_a_schedule(screen, desk, folder)
        browser.close()


def tell_the_story(screen: Screen, desk: Home, folder: Path) -> None:
    """Form, question, answer, what became of it."""
    screen.fill_form("daily", mode="manual")
    take(screen, folder / "run-form.png")
    run = screen.submit()
    screen.open_run(run)
    form = screen.open_question()
    take(screen, folder / "approval-form.png")
    screen.answer(form, decision="approve", who="Ada Byron", single="all")
    screen.open_run(run)
    screen.expect_state("Completed")
    screen.open_run(run)
    screen.tab("Artifacts")
    expect(screen.listed("session-demo")).to_contain_text(re.compile("done"), timeout=PATIENCE_MS)
    take(screen, folder / "run-page.png")
    screen.open_card("session-demo")
    take(screen, folder / "session-page.png")
    screen.page.goto((Path(desk.home) / "reports" / "demo" / SESSION / "report.html").as_uri())
    take(screen, folder / "report.png")


def show_the_plan(screen: Screen, desk: Home, folder: Path) -> None:
    """As a terminal shows it in a home of its own, once the steps are over: what was wiped away before is left out."""
    words = [sys.executable, "-m", "flows.cli.main", "plan", "books/demo.yaml"]
    own = {"STEELYARD_HOME": str(desk.folder / "plan"), "STEELYARD_REGISTER": str(desk.folder / "plan.jsonl")}
    told = {**desk.environment, **own, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
    shown = subprocess.run(words, **{**desk.as_a_user(), "env": told}, check=True).stdout.rpartition("\x1b[?25h")[2]
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(shown.partition("\n╭")[0].rstrip()))
    screen.page.set_content(console.export_svg(title="steelyard plan books/demo.yaml"))
    take(screen, folder / "plan.png", screen.page.locator("svg"))


def show_a_schedule(screen: Screen, desk: Home, folder: Path) -> None:
    """Its runs of today, which nobody started: one session of the replay after the other."""
    daily = desk.deployment("rebalance/daily")
    first = (datetime.now(UTC) + timedelta(seconds=APART_S)).replace(microsecond=0)
    often = {"schedule": {"interval": APART_S, "anchor_date": first.isoformat()}, "active": True}
    [made] = desk.call(f"/deployments/{daily['id']}/schedules", [often])
    desk.edit(daily, parameters=daily["parameters"])  # the scheduler looks within seconds at what was edited
    desk.wait_for(lambda: _fired(desk, daily), lambda runs: len(runs) >= FIRINGS, f"{FIRINGS} runs of the schedule")
    desk.call(f"/deployments/{daily['id']}/schedules/{made['id']}", None, "DELETE")
    screen.page.goto(f"{screen.url}/deployments/deployment/{daily['id']}")
    screen.tab("Runs")
    take(screen, folder / "schedule.png")


def _fired(desk: Home, deployment: dict[str, Any]) -> list[dict[str, Any]]:
    runs = desk.runs_of(deployment)
    return [run for run in runs if run["auto_scheduled"] and run["state"]["type"] == "COMPLETED"]


def take(screen: Screen, path: Path, part: Locator | None = None) -> None:
    """What is on the screen, or a part of it, in few colours.

    Raises: ValueError where even so it is too big for a repository.
    """
    screen.page.wait_for_load_state("networkidle")
    taken = Image.open(io.BytesIO((part or screen.page).screenshot(animations="disabled")))
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size / 1000:.0f} kB", flush=True)
    if size > MOST_BYTES:
        raise ValueError(f"{path}: {size} bytes are more than {MOST_BYTES}; take fewer colours or a smaller page")


if __name__ == "__main__":
    main()
