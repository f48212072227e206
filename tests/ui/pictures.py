"""Takes the pictures of the documentation from the real UI and a real report: `python -m tests.ui.pictures [FOLDER]`.

It opens a desk in a home of its own, plans books/demo.yaml by its form, approves the plan and looks at what came out.
Needs a Chromium on the PATH; takes two or three minutes.
"""

import io
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.flows.conftest import ROOT
from tests.flows.test_up_and_down import Home
from tests.ui.desk import opened_desk
from tests.ui.screen import PATIENCE_MS, Screen, opened_browser, opened_tab

PICTURES = ROOT / "docs" / "pictures"
COLOURS = 48
MOST_BYTES = 150_000
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
        tell_the_story(opened_tab(browser, desk.url.removesuffix("/api")), desk, folder)
        browser.close()


def tell_the_story(screen: Screen, desk: Home, folder: Path) -> None:
    """Form, question, answer, what became of it."""
    screen.fill_form("daily", mode="manual")
    take(screen, folder / "run-form.png")
    run = screen.submit()
    screen.open_run(run)
    screen.expect_state("Suspended")
    screen.page.get_by_role("button", name="Resume").first.click()
    expect(screen.page.locator(".p-modal__card")).to_be_visible()
    take(screen, folder / "approval.png")
    desk.steelyard("approve", "demo", "--who", "Ada Byron")
    screen.open_run(run)
    screen.expect_state("Completed")
    screen.tab("Artifacts")
    expect(screen.listed("session-demo")).to_contain_text(re.compile("done"), timeout=PATIENCE_MS)
    take(screen, folder / "run.png")
    screen.open_card("session-demo")
    take(screen, folder / "session-page.png")
    screen.open_run(run)
    screen.open_card(f"demo-{SESSION}-orders")
    take(screen, folder / "plan.png")
    screen.page.goto((Path(desk.home) / "reports" / "demo" / SESSION / "report.html").as_uri())
    take(screen, folder / "report.png")


def take(screen: Screen, path: Path) -> None:
    """What is on the screen, in few colours.

    Raises: ValueError where even so it is too big for a repository.
    """
    screen.page.wait_for_load_state("networkidle")
    taken = Image.open(io.BytesIO(screen.page.screenshot(animations="disabled")))
    taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path}: {size / 1000:.0f} kB")
    if size > MOST_BYTES:
        raise ValueError(f"{path}: {size} bytes are more than {MOST_BYTES}; take fewer colours or a smaller page")


if __name__ == "__main__":
    main()
