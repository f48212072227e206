"""A person's word that steps of a session are done again: held against the record, then put on it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from flows.book_file import load_book
from flows.bootstrap import only_writer, wall_clock
from flows.commands.halt import said, signed
from flows.commands.lookup import cycle_of, journal_here
from flows.prefect_run import current_run
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.journal.reruns import Rerun
from tasks.model.cycle import Cycle
from tasks.model.rerun_rules import DECIDING, FromStep, HowToRerun, OnRecord, how_to_rerun


def begin_rerun(book: Path, session: date, step: FromStep, who: str, because: str) -> Cycle:
    """Under the book's lease; returns the session, in a new attempt where it is decided anew. Nothing is sent here.

    Raises: ConfigError without a name or a reason, or where the record forbids it, with what may be done instead;
    LeaseHeldError while another process works the book.
    """
    who, because = signed(who), said(because, "--because")
    loaded = load_book(book)
    with (
        journal_here() as journal,
        only_writer(journal, loaded.book.book, wall_clock, f"rerun of {session} from {step}"),
    ):
        cycle = cycle_of(journal, loaded.book.book, session)
        if is_retry() and _has_begun(journal, cycle, step, who, because):
            return cycle
        how = must_be_allowed(journal, cycle, step, book_changed=cycle.book_sha256 != loaded.sha256)
        word = Rerun(cycle.cycle_id, cycle.attempt, step, who, because, wall_clock())
        if step in DECIDING:
            as_it_is = replace(cycle, book_sha256=loaded.sha256, book_text=loaded.text)
            return journal.reruns.begin(as_it_is, word, how.kept)
        journal.reruns.record(word)
        return cycle


def is_retry() -> bool:
    """Whether this run of Prefect is taken up again after it fell over: its word is on record already."""
    run = current_run()
    return run is not None and run.run_count > 1


def _has_begun(journal: Journal, cycle: Cycle, step: FromStep, who: str, because: str) -> bool:
    newest = journal.reruns.of(cycle.cycle_id)[-1:]
    return [(one.attempt, one.from_step, one.who, one.because) for one in newest] == [
        (cycle.attempt, step, who, because)
    ]


def must_be_allowed(journal: Journal, cycle: Cycle, step: FromStep, *, book_changed: bool) -> HowToRerun:
    """Raises: ConfigError with the reason and the remedy; nothing was touched."""
    seen = OnRecord(
        steps=frozenset(done.step for done in journal.cycles.checkpoints(cycle)),
        orders=len(journal.orders.orders(cycle.cycle_id)),
        is_cancelled=journal.cancellations.standing(cycle) is not None,
        book_changed=book_changed,
    )
    how = how_to_rerun(cycle, step, seen)
    if how.refusal:
        raise ConfigError(f"session {cycle.session} of {cycle.book} is not done again from {step}: {how.refusal}")
    return how
