"""A desk in the browser, as whoever works at it: run, watch, answer, look things up, halt, retry."""

import os
import re
import signal

import pytest
from playwright.sync_api import Locator, expect

from tests.flows.test_up_and_down import Home, processes_of
from tests.flows.worlds import SESSION
from tests.ui.books import OwnBook
from tests.ui.screen import PATIENCE_MS, Screen

pytestmark = pytest.mark.timeout(900)

WITH_A_CARD = (
    *("download", "check", "holdings", "optimize", "drift", "orders"),
    *("approve", "schedule", "waves", "execution", "confirm", "reconcile", "report"),
)
RAW = re.compile(r"Traceback|Error\(|Exception|^\s*[\[{]\s*\"", re.M)
"""What a program says to another one."""


def test_a_run_from_the_form_moves_on_its_page_until_it_is_done(screen: Screen, book: OwnBook) -> None:
    """The form overrules the book, which would ask a person; the market moves on once, and then to the end."""
    book.market_may_move(0)
    screen.start("paced", book=book.written("manual"), mode="full_auto")
    screen.tab("Artifacts")
    expect(_session_line(screen, book)).to_have_text(re.compile("waves is at work"), timeout=PATIENCE_MS)
    before = _progress(screen, book)
    book.market_may_move(1)
    expect(_progress_line(screen, book)).not_to_have_text(before, timeout=PATIENCE_MS)
    assert book.orders_at_work() > 0, "it has moved and is not over"
    book.market_may_move(99)
    screen.expect_state("Completed")
    screen.page.reload()
    screen.tab("Artifacts")
    expect(_session_line(screen, book)).to_have_text(re.compile("done"), timeout=PATIENCE_MS)
    assert _progress(screen, book).startswith("9"), "the last shares are left where the cash ends"
    screen.open_card(book.page)
    expect(screen.card.get_by_role("heading").first).to_contain_text(book.name)
    book.assert_both_records_agree()
    assert book.status() == "done"


@pytest.mark.skipif(not os.path.isfile("/proc/self/environ"), reason="finds a run's process by its environment")
def test_a_run_whose_process_is_killed_is_crashed_and_retry_finishes_it(
    desk: Home, screen: Screen, book: OwnBook
) -> None:
    """In the middle of a wave; what worked at the broker is found again and nothing is sent twice."""
    book.market_may_move(1)
    run = screen.start("paced", book=book.written())
    _wait_for_second_wave(desk, book)
    for pid in processes_of(run):
        os.kill(pid, signal.SIGKILL)
    screen.expect_state("Crashed")
    assert book.orders_at_work() > 0
    book.market_may_move(99)
    screen.press("Retry")
    screen.expect_state("Completed")
    book.assert_both_records_agree()
    assert book.status() == "done"


def test_a_halt_by_its_form_stops_a_run_in_the_middle_of_a_wave(desk: Home, screen: Screen, book: OwnBook) -> None:
    """What works is cancelled, nothing more is sent, and the run's page says who halted it and how to go on."""
    book.market_may_move(1)
    run = screen.start("paced", book=book.written())
    _wait_for_second_wave(desk, book)
    screen.start("halt", who="Ada Byron", because="prices look wrong", book=book.written())
    screen.expect_state("Completed")
    screen.open_run(run)
    screen.expect_state("Halted")
    screen.tab("Details")
    expect(screen.page.get_by_text(re.compile("Ada Byron.*prices look wrong")).first).to_be_visible()
    assert book.orders_at_work() == 0
    book.assert_both_records_agree()


def test_a_yes_without_a_name_is_asked_again_and_one_with_a_name_trades(
    desk: Home, screen: Screen, book: OwnBook
) -> None:
    """Of the run that it lets through every card is for people, and its links lead somewhere."""
    run = screen.start("daily", book=book.written("manual"), session=SESSION)
    form = screen.open_question()
    expect(form).to_contain_text("5 trades")
    screen.fill("decision", "approve")
    screen.answer_in_vain(form)
    expect(screen.field("who")).to_contain_text("required")
    assert desk.state(run)[0] == "Suspended"
    assert not book.ours("SELECT count(*) FROM approvals")[0][0]
    screen.answer(form, who="Ada Byron", note="as discussed", single="all")
    screen.expect_state("Completed")
    assert book.answers() == [("approved", "Ada Byron", "as discussed")]
    book.assert_both_records_agree()
    assert book.status() == "done"

    screen.open_run(run)
    assert {_looked_at(screen, card) for card in screen.cards()} == {book.page, *map(book.card, WITH_A_CARD)}


def test_a_plan_on_hold_is_asked_again_and_a_refused_one_never_trades(screen: Screen, book: OwnBook) -> None:
    """Each by its form; the run ends as Refused, with who refused it and why."""
    run = screen.start("daily", book=book.written("manual"), session=SESSION)
    not_yet = {"decision": "hold", "who": "Ada Byron", "single": "none", "note": "the feed looks odd"}
    screen.answer(screen.open_question(), **not_yet)
    screen.open_run(run)  # the server has woken it already, the page had not heard of it
    form = screen.open_question()
    expect(form).to_contain_text("the feed looks odd")
    screen.answer(form, decision="refuse", who="Grace Hopper", single="none", note="too much turnover")
    screen.expect_state("Refused")
    screen.tab("Details")
    expect(screen.page.get_by_text(re.compile("Grace Hopper.*too much turnover")).first).to_be_visible()
    assert book.answers() == [
        ("held", "Ada Byron", "the feed looks odd"),
        ("refused", "Grace Hopper", "too much turnover"),
    ]
    book.assert_nothing_was_sent()


def _session_line(screen: Screen, book: OwnBook) -> Locator:
    return _line(screen, book.page)


def _progress_line(screen: Screen, book: OwnBook) -> Locator:
    return _line(screen, book.card("execution"))


def _progress(screen: Screen, book: OwnBook) -> str:
    return _progress_line(screen, book).inner_text()


def _line(screen: Screen, key: str) -> Locator:
    """What a card says among the artifacts of a run."""
    return screen.listed(key).locator(".artifact-card__description")


def _wait_for_second_wave(desk: Home, book: OwnBook) -> None:
    desk.wait_for(book.waves_sent, lambda waves: waves > 1, "a second wave at work")


def _looked_at(screen: Screen, address: str) -> str:
    """The key of a card that has a heading, something below it, nothing raw, and no link that leads nowhere."""
    screen.page.goto(address)
    card = screen.card
    expect(card).to_be_visible()
    key = screen.page.locator(".page-heading-artifact .p-bread-crumbs a").first.inner_text()
    if key.endswith("-execution"):
        expect(card).to_have_text(re.compile(r"Progress: \d+%"))
        return key
    expect(card.get_by_role("heading").first).to_be_visible()
    said = card.inner_text()
    assert len(said.splitlines()) > 1, f"{key} has a heading and nothing below it: {said}"
    assert not RAW.search(said), f"{key} speaks to programs: {said}"
    for link in card.locator("a").all():
        screen.must_lead_somewhere(link)
    return key
