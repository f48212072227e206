"""What an operator does in the Prefect UI: by the words that stand on its pages, in a real browser."""

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin

from playwright.sync_api import Browser, Error, Locator, Page, Playwright, Response, expect

NAMES = "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"
PATIENCE_MS = 240_000
"""A run is a process with all its imports; on a busy machine they take a while."""
RELOADED_MS = 40_000
"""The page of a run stops looking once a question of its own was not answered; a person then loads it anew."""


def browser_on_this_machine() -> str:
    """The path of a Chromium; empty where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


def opened_browser(playwright: Playwright) -> Browser:
    """The system's own; as root it has no sandbox, as in most containers."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return playwright.chromium.launch(
        executable_path=browser_on_this_machine(), args=["--no-sandbox"] if is_root else []
    )


def opened_tab(browser: Browser, url: str) -> "Screen":
    """At a server that may be busy: what a page shows is waited for."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(90_000)
    expect.set_options(timeout=90_000)
    return Screen(page, url)


BUSY, TRIES = 503, 5


@dataclass
class Screen:
    """One tab of the browser at one server."""

    page: Page
    url: str

    def fill_form(self, deployment: str, **words: str) -> None:
        """From the list of deployments to its form, with a field each filled in."""
        self.page.goto(f"{self.url}/deployments")
        self.page.get_by_role("link", name=deployment, exact=True).click()
        self.page.get_by_role("button", name="Run", exact=True).click()
        self.page.get_by_text("Custom run").click()
        expect(self.page.get_by_role("button", name="Submit")).to_be_visible()
        for name, value in words.items():
            self.fill(name, value)

    def submit(self) -> str:
        """The id of the run that the form has made."""
        return self._pressed(self.page.get_by_role("button", name="Submit"), "/create_flow_run").json()["id"]

    def start(self, deployment: str, **words: str) -> str:
        """A run by its form, whose page is on the screen then."""
        self.fill_form(deployment, **words)
        run = self.submit()
        self.open_run(run)
        return run

    def open_question(self) -> Locator:
        """The form of a run that waits for a person, from its page."""
        self.expect_state("Suspended")
        self.page.get_by_role("button", name="Resume").first.click()
        dialog = self.page.locator(".p-modal__card")
        expect(self.field("decision")).to_be_visible()
        return dialog

    def answer(self, dialog: Locator, **words: str) -> None:
        """One that the server takes."""
        for name, value in words.items():
            self.fill(name, value)
        self._pressed(dialog.get_by_role("button", name="Submit"), "/resume")
        expect(dialog).to_be_hidden()

    def answer_in_vain(self, dialog: Locator) -> None:
        """One that the form itself does not take: nothing is sent."""
        found = self._pressed(dialog.get_by_role("button", name="Submit"), "/ui/schemas/validate").json()
        assert not found["valid"], found

    def _pressed(self, button: Locator, asks: str) -> Response:
        """What the server says to it; pressed again, as a person does, where it was busy."""
        for _ in range(TRIES):
            with self.page.expect_response(re.compile(f"{asks}$")) as made:
                button.click()
            if made.value.status != BUSY:
                break
        said = made.value
        assert said.ok, f"{said.status}: {said.text()}"
        return said

    def field(self, name: str) -> Locator:
        """Of a form, whether Prefect says of it that it is optional or not."""
        label = self.page.locator(".schema-form-property__label").filter(has_text=re.compile(rf"^\s*{name}\b", re.I))
        return self.page.locator(".schema-form-property").filter(has=label).last

    def fill(self, name: str, value: str) -> None:
        field = self.field(name)
        expect(field).to_be_visible()
        kinds = field.get_by_role("button", name="str", exact=True)
        if kinds.count():
            kinds.click()
        if field.locator(".p-select").count():
            self._choose(field, value)
        else:
            field.locator("textarea, input[type=text]").first.fill(value)

    def tick(self, name: str) -> None:
        switch = self.field(name).get_by_role("switch")
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")

    def _choose(self, field: Locator, value: str) -> None:
        """By keyboard: a click opens the list and its label's own click closes it again."""
        field.locator(".p-select-button__control").focus()
        self.page.keyboard.press("Space")
        self.page.locator(".p-select-option").get_by_text(value, exact=True).click()

    def open_run(self, run: str) -> None:
        self.page.goto(f"{self.url}/runs/flow-run/{run}")

    def expect_state(self, *names: str) -> None:
        """On the page of a run, which follows it by itself, and is loaded anew where it has lost its server a while."""
        state = self.page.locator(".state-badge").first
        wanted = re.compile(rf"^\s*({'|'.join(names)})\s*$")
        for _ in range(PATIENCE_MS // RELOADED_MS - 1):
            try:
                expect(state).to_have_text(wanted, timeout=RELOADED_MS)
            except AssertionError:
                with suppress(Error):  # a server that is being started again: looked at once more
                    self.page.reload()
            else:
                return
        expect(state).to_have_text(wanted, timeout=RELOADED_MS)

    def tab(self, name: str) -> None:
        """Some are there only once the run has begun."""
        self.page.locator(".p-tab-navigation").get_by_text(name, exact=True).click(timeout=PATIENCE_MS)

    def open_card(self, key: str) -> None:
        """From the page of a run, by its Artifacts."""
        self.tab("Artifacts")
        self.listed(key).click()
        expect(self.card).to_be_visible()

    def cards(self) -> list[str]:
        """The addresses of all artifacts of the run that is on the screen."""
        self.tab("Artifacts")
        links = self.page.locator("a[href*='/artifacts/artifact/']")
        expect(links.first).to_be_visible()
        return list(dict.fromkeys(f"{self.url}{link.get_attribute('href')}" for link in links.all()))

    def listed(self, key: str) -> Locator:
        """A card among the artifacts of a run, with the line that it shows there."""
        title = self.page.locator(".artifact-card__title").get_by_text(key, exact=True)
        return self.page.locator(".artifact-card").filter(has=title)

    def must_lead_somewhere(self, link: Locator) -> None:
        """Into the UI, or to the server of the reports."""
        target = urljoin(self.url, link.get_attribute("href") or "")
        asked = re.sub("/artifacts/key/(.*)", r"/api/artifacts/\1/latest", target)  # a page of the UI is there for any
        answered = self.page.request.get(asked.replace("/artifacts/artifact/", "/api/artifacts/"))
        assert answered.ok, f"{link.inner_text()} leads to {target}: {answered.status}"

    @property
    def card(self) -> Locator:
        """The artifact on the screen."""
        return self.page.locator(".artifact-data-view")

    def press(self, name: str) -> None:
        """A button of the page, and the one of the dialog that asks again."""
        self.page.get_by_role("button", name=name, exact=True).first.click()
        dialog = self.page.locator(".p-modal__card")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name=name, exact=True).click()
        expect(dialog).to_be_hidden()
