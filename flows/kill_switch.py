"""The kill switch in the Prefect UI: halt and resume, with the same words and the same record as the commands."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from flows.commands.halt import halt_book, resume_book
from flows.commands.resume import resume_session
from flows.named_end import named_end
from flows.prefect_run import run_log


def _named() -> str:
    given = flow_run.parameters
    return (
        f"{flow_run.flow_name} {'every book' if given.get('every_book') else given.get('book')} by {given.get('who')}"
    )


@flow(name="halt", flow_run_name=_named, persist_result=False)
@named_end
def halt(who: str, because: str, book: str = "", every_book: bool = False, reducing: bool = False) -> dict[str, Any]:
    """Send nothing more for a book, or for all; what works is cancelled. Read before every single order.

    Args:
        who: your name, as it stands in the record
        because: why nothing more may be sent
        book: the book's file or name; empty with `every_book`
        every_book: halt all books at once
        reducing: let orders through that bring a position nearer to zero
    """
    told = halt_book(book or None, who, because, reducing=reducing, every=every_book, as_json=True)
    run_log().warning("%s: %s by %s: %s", told["scope"], told["state"], told["who"], told["why"])
    for line in told["orders"]:
        run_log().warning("%s", line)
    return told


@flow(name="resume", flow_run_name=_named, persist_result=False)
@named_end
def resume(
    who: str, because: str, book: str = "", every_book: bool = False, session: date | None = None
) -> dict[str, Any]:
    """Let a halted or reducing book trade again, or a cancelled session go on with the rest of its plan.

    Args:
        who: your name, as it stands in the record
        because: why it is safe to trade again
        book: the book's file or name; empty with `every_book`
        every_book: lift the halt of all books
        session: trading date of a session that was cancelled; empty lifts the halt of the book
    """
    if session is not None:
        told = resume_session(book, session, who, because, as_json=True)
    else:
        told = resume_book(book or None, who, because, every=every_book, as_json=True)
    run_log().warning("%s may go on, says %s: %s", told.get("cycle_id") or told["scope"], who, because)
    return told
