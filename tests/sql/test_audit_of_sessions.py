"""What a person reads of a session and its lease may change, so it is held against the rows that may not."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from behind_our_back import unguarded
from one_of_each import CYCLE, NINE, TEN, write_one_of_each
from sqlalchemy import delete, insert, update

from sql.tables import cycles, fills, leases, steps
from tasks.journal import Journal
from tasks.journal.cancellations import Cancellation
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.plan_records import PlanRecord

FACTS = {"sentence": "", "facts": {}}


def a_session(journal: Journal, *steps_done: str) -> Cycle:
    """A session that came as far as these steps."""
    cycle = journal.cycles.open(CYCLE)
    for step in steps_done:
        journal.cycles.record_step(cycle, Checkpoint(step, FACTS, 0.1, TEN))
    return journal.cycles.all()[0]


def forge(journal: Journal, **values: Any) -> None:
    with unguarded(journal) as connection:
        connection.execute(update(cycles).values(values))


def told(journal: Journal) -> list[tuple[str, str, str]]:
    return [(flaw.kind, flaw.table, flaw.sentence) for flaw in journal.audit.verify()]


def test_a_session_is_done_in_the_moment_in_which_its_report_is_on_record(journal: Journal) -> None:
    """No kill can come between the two, so that one without the other is an edit."""
    assert a_session(journal, "orders").status == "running"
    assert a_session(journal, "orders", "report").status == "done"
    assert told(journal) == []


def test_a_checkpoint_that_is_there_already_leaves_the_status_alone(journal: Journal) -> None:
    """What a person cancelled after its report stays cancelled when the step is loaded again."""
    cycle = a_session(journal, "orders", "report")
    journal.cancellations.record(Cancellation(CYCLE.cycle_id, 1, "cancelled", "Ada Byron", "a rumour", TEN))
    journal.cycles.set_status(CYCLE.cycle_id, "cancelled", "by Ada Byron", TEN)
    journal.cycles.record_step(cycle, Checkpoint("report", FACTS, 0.1, TEN))
    assert journal.cycles.all()[0].status == "cancelled"
    assert told(journal) == []


@pytest.mark.parametrize("status", ["failed", "cancelled", "stopped", "running", "planned"])
def test_a_session_that_was_never_done_and_is_said_to_be_is_named(journal: Journal, status: str) -> None:
    a_session(journal, "orders")
    if status == "cancelled":
        journal.cancellations.record(Cancellation(CYCLE.cycle_id, 1, "cancelled", "Ada Byron", "a rumour", TEN))
    journal.cycles.set_status(CYCLE.cycle_id, status, "", TEN)
    assert told(journal) == [], "as the program wrote it"
    forge(journal, status="done")
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("edited", "cycles")
    assert sentence == (
        "cycles demo:2022-12-28 is not what the chained rows say: status is done, and no step `report` of attempt 1 is "
        "on record, so it never was; restore it from a backup"
    )


@pytest.mark.parametrize("status", ["failed", "stopped", "running", "planned", "waiting", "cancelled"])
def test_a_session_that_was_done_and_is_said_not_to_be_is_named(journal: Journal, status: str) -> None:
    a_session(journal, "orders", "report")
    forge(journal, status=status)
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("edited", "cycles")
    assert f"status is {status}, and" in sentence
    assert (
        "nobody's word" if status == "cancelled" else "steelyard run books/demo.yaml --session 2022-12-28"
    ) in sentence


@pytest.mark.parametrize(("status", "missing"), [("planned", "had no plan"), ("cancelled", "nobody's word")])
def test_a_plan_that_was_never_made_and_a_cancel_that_nobody_gave_are_named(
    journal: Journal, status: str, missing: str
) -> None:
    a_session(journal, "download")
    forge(journal, status=status)
    [(_, _, sentence)] = told(journal)
    assert missing in sentence


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("book", "other"),
        ("session", CYCLE.session + timedelta(days=1)),
        ("kind", "liquidation"),
        ("account", "theirs"),
        ("mode", "manual"),
        ("attempt", 2),
        ("book_file", "books/other.yaml"),
        ("book_sha256", "1" * 64),
        ("book_text", "book: another"),
        ("created_at", TEN),
    ],
)
def test_what_a_session_was_decided_with_is_held_against_its_attempts(journal: Journal, field: str, value: Any) -> None:
    a_session(journal, "orders")
    journal.decisions.record_plan(PlanRecord("a" * 64, CYCLE.cycle_id, 1, {"account": "main"}, NINE))
    assert told(journal) == []
    forge(journal, **{field: value})
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("edited", "cycles")
    assert field in sentence
    assert "restore it from a backup" in sentence


def test_a_second_attempt_and_a_liquidation_are_as_they_were_written(journal: Journal) -> None:
    cycle = a_session(journal, "orders")
    journal.cycles.begin_attempt(replace(cycle, mode="manual", book_sha256="1" * 64, book_text="book: demo 2"), TEN)
    journal.cycles.open(replace(CYCLE, cycle_id=f"{CYCLE.cycle_id}:liq", kind="liquidation"))
    assert told(journal) == []
    forge(journal, status="planned")
    assert len(told(journal)) == 2, "the plan was the first attempt's"


def test_a_session_whose_row_is_gone_is_named_with_what_rests_on_it(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal) as connection:
        connection.execute(delete(cycles))
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("removed", "cycles")
    assert sentence.startswith("cycles demo:2022-12-28 was removed: rows that are about it are there: 1 of approvals, ")
    assert "1 of fills" in sentence
    assert "1 of orders" in sentence


def test_a_session_that_was_put_in_is_named(journal: Journal) -> None:
    a_session(journal, "orders")
    row = {name: getattr(CYCLE, name) for name in Cycle.__slots__}
    forged = {**row, "cycle_id": "demo:2022-12-29", "session": CYCLE.session + timedelta(days=1), "status": "done"}
    with unguarded(journal) as connection:
        connection.execute(insert(cycles).values(forged))
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("inserted", "cycles")
    assert "demo:2022-12-29" in sentence


def test_an_edited_step_is_told_once_and_proves_nothing_about_its_session(journal: Journal) -> None:
    a_session(journal, "orders", "report")
    with unguarded(journal, "steps") as connection:
        connection.execute(delete(steps).where(steps.c.step == "report"))
    assert [(kind, table) for kind, table, _ in told(journal)] == [("removed", "steps")]


def test_an_edited_fill_hides_no_forged_status(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "fills") as connection:
        connection.execute(update(fills).values(fee=Decimal(7)))
    forge(journal, status="done")
    assert [(kind, table) for kind, table, _ in told(journal)] == [("edited", "fills"), ("edited", "cycles")]


@pytest.mark.parametrize("change", [{"token": 0}, {"token": 9}, {"holder": "somebody else"}, {"taken_at": NINE}])
def test_a_lease_that_is_not_what_its_log_ends_with_is_named(journal: Journal, change: dict[str, Any]) -> None:
    """A token set back would let an older process write again."""
    a_session(journal)
    with unguarded(journal) as connection:
        connection.execute(update(leases).values(change))
    [(kind, table, sentence)] = told(journal)
    assert (kind, table) == ("edited", "leases")
    assert "its log ends with token 1" in sentence


def test_a_lease_that_is_gone_is_named_and_one_that_was_given_back_is_as_it_should_be(journal: Journal) -> None:
    journal.fence.release()
    journal.fence.take("demo", "the next one", lambda: TEN)
    assert told(journal) == []
    journal.fence.release()
    assert told(journal) == []
    with unguarded(journal) as connection:
        connection.execute(delete(leases))
    [(kind, table, _)] = told(journal)
    assert (kind, table) == ("removed", "leases")
