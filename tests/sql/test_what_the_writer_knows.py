"""A step asks the record once: what the writer of a book knows afterwards is what a fresh look at the record says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from one_of_each import CYCLE, FILL, INTENT, NINE, ORDER, TEN, with_order

from tasks.errors import LeaseLostError
from tasks.journal import Journal
from tasks.journal.leases import Fence
from tasks.journal.write_offs import WriteOff
from tasks.model.cycle import Checkpoint
from tasks.model.ledger_records import BreakRow, LedgerRow
from tasks.model.order_records import OrderEvent
from tasks.model.orders import Cause, OrderState
from tasks.model.plan_records import PlanRecord
from tests.asked import counting

LATER = replace(INTENT, request=replace(INTENT.request, key="k0", shares=Decimal("40.500")), wave=2)
AGAIN = replace(INTENT, request=replace(INTENT.request, key="k1b"), generation=1)
BUST = replace(FILL, execution_id="x0", supersedes="x1", shares=Decimal(0), at=TEN - timedelta(minutes=1))
LIQUIDATION = replace(CYCLE, cycle_id=f"{CYCLE.cycle_id}:liq", kind="liquidation")
Write = Callable[[Journal], object]
WRITES: dict[str, Write] = {
    "a wave": lambda j: j.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": ["AAPL: late"]}),
    "a wave once more": lambda j: j.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": ["other words"]}),
    "its sending": lambda j: j.orders.add_events([OrderEvent("k1", OrderState.SENT, TEN)]),
    "a later wave with an earlier key": lambda j: j.orders.record_wave(CYCLE.cycle_id, 2, TEN, [LATER], {}),
    "answers": lambda j: j.orders.add_events(
        [
            OrderEvent("k0", OrderState.SENT, TEN),
            OrderEvent("k1", OrderState.ACCEPTED, TEN, "b1", cause=Cause.TOLD),
            OrderEvent("k1", OrderState.PARTIALLY_FILLED, TEN, "b1", "half of it", 0, Decimal("30.00"), Cause.TOLD),
        ]
    ),
    "a further generation": lambda j: j.orders.record_generation(CYCLE.cycle_id, TEN, [AGAIN]),
    "a fill": lambda j: j.orders.record_fills("simulated", CYCLE.cycle_id, [FILL]),
    "a fill told again, and its bust": lambda j: j.orders.record_fills("simulated", CYCLE.cycle_id, [FILL, BUST]),
    "an arrival": lambda j: j.orders.record_marks([(ORDER.order_id, "arrival", TEN, Decimal("130.10"))]),
    "another arrival, which does not stand": lambda j: j.orders.record_marks(
        [(ORDER.order_id, "arrival", TEN, Decimal(131)), (ORDER.order_id, "end", TEN, Decimal(132))]
    ),
    "a checkpoint": lambda j: j.cycles.record_step(
        CYCLE, Checkpoint("drift", {"facts": {"weights": (1, 2)}}, 0.1, TEN)
    ),
    "an earlier checkpoint": lambda j: j.cycles.record_step(CYCLE, Checkpoint("download", {"facts": {}}, 0.1, NINE)),
    "another plan": lambda j: j.decisions.record_plan(PlanRecord("b" * 64, CYCLE.cycle_id, 2, {"book": "demo"}, TEN)),
    "another order": lambda j: j.orders.record_orders([replace(ORDER, order_id="demo/2", symbol="ABC")]),
    "a status": lambda j: j.cycles.set_status(CYCLE.cycle_id, "stopped", "for a reason", TEN),
    "an attempt": lambda j: j.cycles.begin_attempt(CYCLE, TEN),
    "a liquidation": lambda j: j.cycles.open(LIQUIDATION),
    "a valuation": lambda j: j.books.record_valuation(
        "demo", CYCLE.session, Decimal(2), Decimal(1), {"AAPL": Decimal(3)}
    ),
}
ENTRY = LedgerRow("e", "demo", "main", "opening", NINE, None, None, Decimal(1), None, "b")
BREAK = BreakRow("b1", CYCLE.cycle_id, "demo", "AAPL", "shares", "10", "12", Decimal(260), "2 more", TEN)
WRITES_WITHOUT_LEASE: dict[str, Write] = {
    "an entry": lambda j: j.books.record_entries([ENTRY]),
    "a break": lambda j: j.books.record_breaks([BREAK]),
    "an explanation": lambda j: j.books.explain("b1", "Ada Byron", "a manual trade", TEN),
    "a position written off": lambda j: j.write_offs.record(
        WriteOff("demo", "main", "GONE", "written_off", Decimal("0.25"), "Ada Byron", "delisted", TEN)
    ),
}


def everything(journal: Journal) -> dict[str, object]:
    """Each answer that is kept, as text too: equal amounts must also print alike."""
    orders, cycle = journal.orders, CYCLE.cycle_id
    answers = {
        "orders": orders.orders(cycle),
        "slices": orders.slices(cycle),
        "details": [(s.token, s.filled_told, s.state_at, s.cause) for s in orders.slices(cycle)],
        "events": orders.events(cycle),
        "fills": orders.fills(cycle),
        "all fills": orders.all_fills("main", "demo"),
        "fills of another account": orders.all_fills("other", "demo"),
        "marks": orders.marks(cycle),
        "notes": orders.wave_notes(cycle),
        "decided": [orders.wave_decided(cycle, number) for number in range(4)],
        "plan": journal.decisions.newest_plan(cycle),
        "steps": journal.cycles.checkpoints(CYCLE),
        "one step": journal.cycles.checkpoint(CYCLE, "drift"),
        "cycles": journal.cycles.all("demo"),
        "valuations": journal.books.valuations("demo"),
        **shared(journal),
    }
    return {name: (answer, str(answer)) for name, answer in answers.items()}


def shared(journal: Journal) -> dict[str, object]:
    """What may be added to without the lease."""
    return {
        "entries": journal.books.entries("demo", "main"),
        "breaks": journal.books.breaks("demo"),
        "open breaks": journal.books.breaks("demo", open_only=True),
        "written off": journal.write_offs.standing("demo", "main"),
    }


def test_what_is_known_after_every_write_is_what_is_on_record(journal: Journal) -> None:
    """And nothing of it was asked for again, but what a write changes wholly: orders, plans and cycles."""
    with_order(journal)
    with journal.known.remembering():
        everything(journal)
        for what, write in {**WRITES, **WRITES_WITHOUT_LEASE}.items():
            write(journal)
            assert everything(journal) == everything(Journal.over(journal.engine)), what


def next_transaction(journal: Journal) -> None:
    journal.orders.record_marks([(ORDER.order_id, "arrival", TEN, Decimal("130.10"))])


@pytest.mark.parametrize("then", [next_transaction, lambda j: j.known.look_again()], ids=["a transaction", "a look"])
def test_what_others_add_without_the_lease_is_read_after_our_next_look(journal: Journal, then: Write) -> None:
    with_order(journal)
    with journal.known.remembering():
        shared(journal)
        for write in WRITES_WITHOUT_LEASE.values():
            write(Journal.over(journal.engine))
        then(journal)
        found = shared(journal)
    assert found == shared(Journal.over(journal.engine))
    assert [bool(answer) for answer in found.values()] == [True, True, False, True], "and the break is explained"


def test_what_others_add_between_two_steps_is_read_in_the_second(journal: Journal) -> None:
    with_order(journal)
    for write in WRITES_WITHOUT_LEASE.values():
        with journal.known.remembering():
            shared(journal)
        write(Journal.over(journal.engine))
        with journal.known.remembering():
            assert shared(journal) == shared(Journal.over(journal.engine))


def test_what_is_known_is_not_asked_for_again(journal: Journal) -> None:
    with_order(journal)
    with journal.known.remembering():
        everything(journal)
        for what in ("a wave", "its sending", "a fill", "an arrival", "a checkpoint"):
            WRITES[what](journal)
        with counting(journal.engine) as asked:
            everything(journal)
    assert asked.selects == 0


def test_outside_of_a_step_every_question_goes_to_the_record(journal: Journal) -> None:
    with_order(journal)
    with journal.known.remembering():
        everything(journal)
    with counting(journal.engine) as asked:
        everything(journal)
    assert asked.selects > 0


def test_after_a_write_that_failed_everything_is_read_anew(journal: Journal) -> None:
    """Nobody knows whether a commit that raised was a commit."""
    with_order(journal)
    with journal.known.remembering():
        everything(journal)
        Fence(journal.engine).take("demo", "newer", lambda: datetime.now(UTC) + timedelta(days=1))
        with pytest.raises(LeaseLostError):
            WRITES["a wave"](journal)
        with counting(journal.engine) as asked:
            assert everything(journal) == everything(Journal.over(journal.engine))
    assert asked.selects > 0


def test_what_was_read_under_an_earlier_lease_is_read_anew(journal: Journal) -> None:
    """Between the two another process may have written the book."""
    with_order(journal)
    with journal.known.remembering():
        everything(journal)
        journal.fence.release()
        between = Journal.over(journal.engine)
        between.fence.take("demo", "another", lambda: datetime.now(UTC))
        for write in WRITES.values():
            write(between)
        between.fence.release()
        journal.fence.take("demo", "the first again", lambda: datetime.now(UTC))
        assert everything(journal) == everything(between)


def test_of_a_book_that_it_does_not_write_a_process_keeps_nothing(journal: Journal) -> None:
    with_order(journal)
    reader = Journal.over(journal.engine)
    reader.fence.take("other", "its writer", lambda: datetime.now(UTC))
    with reader.known.remembering():
        everything(reader)
        for what, write in WRITES.items():
            write(journal)
            assert everything(reader) == everything(journal), what


def test_facts_that_one_step_changes_for_itself_are_as_they_were_for_the_next(journal: Journal) -> None:
    with_order(journal)
    journal.cycles.record_step(CYCLE, Checkpoint("holdings", {"facts": {"prices": {"AAPL": "130"}}}, 0.1, NINE))
    with journal.known.remembering():
        for _ in range(2):
            found = journal.cycles.checkpoint(CYCLE, "holdings")
            assert found is not None
            assert found.output["facts"]["prices"].pop("AAPL") == "130"
