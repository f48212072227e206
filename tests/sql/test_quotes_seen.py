"""Quotes at the moments of child orders, on each database: written with what they belong to, once, in one statement."""

from dataclasses import replace

import pytest
from one_of_each import CYCLE, FILL, INTENT, QUOTE, TEN, with_order
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from sql.tables import quotes_seen
from tasks.errors import BrokerError
from tasks.journal import Journal
from tasks.model.order_records import OrderEvent
from tasks.model.orders import OrderState
from tasks.model.quotes_seen import Moment
from tests.asked import counting

SENT = replace(QUOTE, moment=Moment.SENT, execution_id="", bid_size=None, source="")
IS_SENT = OrderEvent("k1", OrderState.SENT, TEN)


@pytest.fixture(autouse=True)
def _worked(journal: Journal) -> None:
    with_order(journal)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": []})


def test_a_quote_comes_back_as_it_was_seen(journal: Journal):
    journal.orders.add_events([IS_SENT], [SENT])
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL], [QUOTE])
    assert journal.quotes.of(CYCLE.cycle_id) == (QUOTE, SENT), "by key, moment and execution id"
    assert journal.quotes.by_key(CYCLE.cycle_id) == {"k1": [QUOTE, SENT]}
    assert journal.quotes.of("another:2022-12-28") == ()


def test_a_quote_is_on_record_once_and_the_first_one_stands(journal: Journal):
    later = replace(SENT, bid=SENT.bid + 1, ask=SENT.ask + 1)
    journal.orders.add_events([IS_SENT], [SENT])
    journal.orders.add_events([IS_SENT], [later])
    assert journal.quotes.of(CYCLE.cycle_id) == (SENT,)


def test_fills_that_are_refused_leave_no_quote_behind(journal: Journal):
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL])
    of_another = replace(CYCLE, cycle_id="demo:2022-12-28:liq", kind="liquidation")
    journal.cycles.open(of_another)
    with pytest.raises(BrokerError, match="another session"):
        journal.orders.record_fills("simulated", of_another.cycle_id, [FILL], [QUOTE])
    assert journal.quotes.of(CYCLE.cycle_id) == ()


def test_a_whole_wave_of_quotes_asks_the_database_nothing_more_than_two_do(journal: Journal):
    many = [replace(INTENT, request=replace(INTENT.request, key=f"w{n}"), wave=2) for n in range(40)]
    journal.orders.record_wave(CYCLE.cycle_id, 2, TEN, many, {"notes": []})

    def selects(count: int, first: int) -> tuple[int, int]:
        keys = [f"w{n}" for n in range(first, first + count)]
        with counting(journal.engine) as asked:
            journal.orders.add_events([replace(IS_SENT, key=k) for k in keys], [replace(SENT, key=k) for k in keys])
        return asked.selects, sum("INSERT INTO quotes_seen" in " ".join(s.split()) for s in asked.statements)

    few, more = selects(2, 0), selects(38, 2)
    assert few[0] == more[0]
    if journal.engine.dialect.name == "postgresql":
        assert few[1] == more[1] == 1, "SQLite has no lists: its driver runs one prepared statement for each row"
    assert len(journal.quotes.of(CYCLE.cycle_id)) == 40


@pytest.mark.parametrize("change", [update(quotes_seen).values(source="nobody"), delete(quotes_seen)])
def test_a_quote_can_neither_be_edited_nor_removed(journal: Journal, change):
    journal.orders.add_events([IS_SENT], [SENT])
    with pytest.raises(DatabaseError, match="append-only"), journal.engine.begin() as connection:
        connection.execute(change)
