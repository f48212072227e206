"""What a person says of a book's halt, told as a run tells of its breakers: to the log of events, and to Prefect."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path

from flows.alerts.event_log import EventLog
from flows.alerts.listeners import line_of
from flows.alerts.prefect_events import Origin, Outbox, bodies, post, utc_now
from flows.alerts.settings import log_settings
from flows.prefect_home import noted_server
from flows.prefect_run import current_run, server_of_run
from tasks.model.desk_event import DeskEvent

_practising: ContextVar[bool] = ContextVar("practising", default=False)


@contextmanager
def practice() -> Iterator[None]:
    """What is halted, resumed and liquidated inside of the block is a drill: nobody is called for it."""
    token = _practising.set(True)
    try:
        yield
    finally:
        _practising.reset(token)


def is_practice() -> bool:
    return _practising.get()


def announce_to_books(books: Sequence[str], session: str, event: DeskEvent, home: Path) -> None:
    """Once for each book that it concerns, so that each book's own automations hear it; of no session: empty.

    It is on record before it is told. A server that is away costs the event, and a moment of the command's time.
    """
    if is_practice():
        return
    run, url = current_run(), server_of_run() or noted_server()
    with ExitStack() as stack:
        outbox = stack.enter_context(Outbox(post(url))) if url else None
        for book in books:
            origin = Origin(book, session, str(run.id) if run else "", run.name if run else "")
            log = EventLog(log_settings(home, os.environ), {"book": book, "session": session, "run": origin.run_id})
            stack.callback(log.close)
            log.write([line_of(event)])
            if outbox is not None:
                outbox.put(bodies(origin, [event], utc_now()))
