"""A desk in the browser, as whoever works at it: run, watch, look things up, halt, retry."""

import os
import re
import signal

import pytest
from playwright.sync_api import Locator, expect

from tests.flows.test_up_and_down import Home, processes_of
from tests.ui.books import OwnBook
from tests.ui.screen import PATIENCE_MS, Screen


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
    assert _progress(screen, book).startswith("100 %")
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
