"""A person's word on a session, and which Prefect run worked it: alike on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime

from flows.commands.interrupt import left_at_work
from tasks.journal import Journal
from tasks.journal.cancellations import Cancellation, SessionRun
from tasks.model.order_records import OrderEvent
from tasks.model.orders import OrderState
from tests.sql.one_of_each import CYCLE, INTENT, with_order

NOW = datetime(2022, 12, 28, 16, 0, tzinfo=UTC)
ADA, PRESSED = "Ada Byron", "a person in the UI"


def word(said: str, attempt: int = 1) -> Cancellation:
    return Cancellation(CYCLE.cycle_id, attempt, said, PRESSED if said == "cancelled" else ADA, "a rumour", NOW)  # type: ignore[arg-type]


def begun(journal: Journal) -> None:
    journal.cycles.open(CYCLE)


def test_a_session_is_cancelled_until_somebody_resumes_it(journal: Journal) -> None:
    begun(journal)
    assert journal.cancellations.standing(CYCLE) is None
    journal.cancellations.record(word("cancelled"))
    assert journal.cancellations.standing(CYCLE) == word("cancelled")
    journal.cancellations.record(word("resumed"))
    assert journal.cancellations.standing(CYCLE) is None
    journal.cancellations.record(word("cancelled"))
    assert journal.cancellations.standing(CYCLE) is not None
    assert [said.said for said in journal.cancellations.of(CYCLE.cycle_id)] == ["cancelled", "resumed", "cancelled"]


def test_a_word_on_one_attempt_says_nothing_of_the_next(journal: Journal) -> None:
    begun(journal)
    journal.cancellations.record(word("cancelled"))
    assert journal.cancellations.standing(replace(CYCLE, attempt=2)) is None


def test_the_session_of_a_prefect_run_is_found_again_and_a_retry_is_the_newest(journal: Journal) -> None:
    begun(journal)
    assert journal.cancellations.session_of("f" * 36) is None
    for token in (1, 1, 2):
        journal.cancellations.note_run(SessionRun("f" * 36, CYCLE.cycle_id, token, NOW))
    assert journal.cancellations.session_of("f" * 36) == CYCLE.cycle_id


def test_a_session_that_a_person_let_go_on_is_no_longer_that_of_a_run_before(journal: Journal) -> None:
    """Its watch may hear of the cancelled run only then, and must not end the session once more."""
    begun(journal)
    journal.cancellations.note_run(SessionRun("f" * 36, CYCLE.cycle_id, 1, NOW))
    journal.cancellations.record(word("cancelled"))
    journal.cancellations.note_run(SessionRun("e" * 36, CYCLE.cycle_id, 2, NOW))
    assert journal.cancellations.session_of("e" * 36) == CYCLE.cycle_id
    journal.cancellations.record(word("resumed"))
    assert [journal.cancellations.session_of(run * 36) for run in "fe"] == [None, None]
    journal.cancellations.note_run(SessionRun("d" * 36, CYCLE.cycle_id, 3, NOW))
    journal.cancellations.note_run(SessionRun("f" * 36, CYCLE.cycle_id, 4, NOW))
    assert [journal.cancellations.session_of(run * 36) for run in "def"] == [CYCLE.cycle_id, None, CYCLE.cycle_id]


def test_what_became_known_of_orders_after_the_word_is_told_from_what_was_known_before(journal: Journal) -> None:
    """By the order in which it was recorded: the broker's clock may be another year's."""
    begun(journal)
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, NOW, [INTENT], {"notes": []})
    journal.orders.add_events([OrderEvent(INTENT.request.key, OrderState.ACCEPTED, NOW)])
    assert journal.cancellations.moved_since(CYCLE) == frozenset()
    journal.cancellations.record(word("cancelled"))
    journal.cancellations.record(word("cancelled"))
    assert journal.cancellations.moved_since(CYCLE) == frozenset()
    journal.orders.add_events([OrderEvent(INTENT.request.key, OrderState.CANCELLED, NOW)])
    assert journal.cancellations.moved_since(CYCLE) == {INTENT.request.key}
    journal.cancellations.record(word("resumed"))
    assert journal.cancellations.moved_since(CYCLE) == frozenset()
    journal.cancellations.record(word("cancelled"))
    assert journal.cancellations.moved_since(CYCLE) == frozenset()


def test_whoever_interrupts_a_run_is_told_what_works_on(journal: Journal) -> None:
    """By our record, with the command that cancels it."""
    begun(journal)
    assert left_at_work(journal, "demo").startswith("no order of demo is at the broker")
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, NOW, [INTENT], {"notes": []})
    journal.orders.add_events([OrderEvent(INTENT.request.key, OrderState.SENT, NOW)])
    said = left_at_work(journal, "demo")
    assert said.startswith("1 order of demo still at work at the broker")
    assert "Or cancel it: steelyard halt demo" in said
