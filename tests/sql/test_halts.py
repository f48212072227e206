"""Halt states and drills on both databases: what stands, who may loosen it, and nothing is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.errors import LeaseLostError
from tasks.journal import Journal
from tasks.journal.evidence import Drill
from tasks.journal.leases import Fence
from tasks.model.account import HaltState
from tasks.model.halts import EVERY_BOOK, Halt

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
NORMAL, REDUCING, HALTED = HaltState.NORMAL, HaltState.REDUCING, HaltState.HALTED


def said(journal: Journal, state: HaltState, who: str = "Ada Byron", scope: str = "demo") -> None:
    journal.halts.record(Halt(scope, state, who, "because", {"measured": 5.4}, NOON))


def test_a_book_of_which_nothing_was_said_is_normal(journal: Journal) -> None:
    assert journal.halts.state("demo") is NORMAL
    assert journal.halts.standing("demo") is None


def test_a_persons_last_word_stands(journal: Journal) -> None:
    for state in (HALTED, REDUCING, NORMAL, REDUCING):
        said(journal, state)
        assert journal.halts.state("demo") is state


def test_a_breaker_tightens_and_never_loosens(journal: Journal) -> None:
    said(journal, REDUCING, "breaker daily_loss")
    said(journal, HALTED, "breaker unknown")
    said(journal, REDUCING, "breaker drawdown")
    standing = journal.halts.standing("demo")
    assert standing is not None
    assert (standing.state, standing.who, standing.figures) == (HALTED, "breaker unknown", {"measured": 5.4})
    said(journal, NORMAL)
    assert journal.halts.state("demo") is NORMAL


def test_the_stricter_of_a_book_and_of_all_books_stands(journal: Journal) -> None:
    said(journal, REDUCING)
    said(journal, HALTED, scope=EVERY_BOOK)
    assert (journal.halts.state("demo"), journal.halts.state("other")) == (HALTED, HALTED)
    assert journal.permits.halt_state("demo") is HALTED, "what is asked before an order says the same"
    said(journal, NORMAL, scope=EVERY_BOOK)
    assert (journal.halts.state("demo"), journal.halts.state("other")) == (REDUCING, NORMAL)
    assert journal.permits.halt_state("demo") is REDUCING
    assert [halt.state for halt in journal.halts.history("other")] == [HALTED, NORMAL]


def test_each_look_of_a_batch_sees_what_was_said_and_who_took_the_book_before_it(journal: Journal) -> None:
    """Looks that share a connection share no moment: the words of others count between two of them."""
    with journal.looks.in_a_row():
        for state in (NORMAL, HALTED, NORMAL, REDUCING):
            said(journal, state)
            assert journal.permits.halt_state("demo") is state
        Fence(journal.engine).take("demo", "newer", lambda: datetime.now(UTC) + timedelta(days=1))
        with pytest.raises(LeaseLostError):
            journal.permits.halt_state("demo")
        with pytest.raises(LeaseLostError):
            journal.fence.require()


def test_drills_are_kept_in_order(journal: Journal) -> None:
    drills = [Drill("demo", passed, {"parts": [{"seconds": 1.5}]}, NOON) for passed in (False, True)]
    for drill in drills:
        journal.drills.record(drill)
    assert journal.drills.all("demo") == tuple(drills)
    assert journal.drills.all("other") == ()
