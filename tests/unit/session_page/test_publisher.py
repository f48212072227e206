"""A view of the session never holds the session up: not by a slow server, not by one that is gone."""

import threading

from flows.session_page.publisher import Publisher


def quiet(_fault: Exception) -> None:
    raise AssertionError("nothing failed")


def test_the_last_page_is_sent_and_pages_that_nobody_could_see_are_not():
    first_is_there, may_go_on = threading.Event(), threading.Event()
    sent: list[str] = []

    def send(markdown: str) -> None:
        sent.append(markdown)
        first_is_there.set()
        may_go_on.wait()

    with Publisher(send, quiet) as publisher:
        publisher.show("one")
        first_is_there.wait()
        publisher.show("two")
        publisher.show("three")
        may_go_on.set()
    assert sent == ["one", "three"]


def test_a_server_that_is_gone_is_told_once_and_found_again_when_it_is_back():
    is_gone = True
    sent: list[str] = []
    complaints: list[str] = []
    heard = threading.Semaphore(0)

    def send(markdown: str) -> None:
        try:
            if is_gone:
                raise OSError(f"no server for {markdown}")
            sent.append(markdown)
        finally:
            heard.release()

    with Publisher(send, lambda fault: complaints.append(str(fault))) as publisher:
        for markdown in ("one", "two"):
            publisher.show(markdown)
            heard.acquire()
        is_gone = False
        publisher.show("three")
        heard.acquire()
    assert (sent, complaints) == (["three"], ["no server for one"])


def test_whoever_shows_a_page_does_not_wait_for_a_server_that_answers_nothing():
    never = threading.Event()
    publisher = Publisher(lambda _markdown: never.wait() and None, quiet)
    with publisher:
        for number in range(100):
            publisher.show(str(number))  # would hang here
        never.set()
