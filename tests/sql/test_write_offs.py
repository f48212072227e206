"""Who wrote a position off, at which price and why, and who took it back, on each database."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from one_of_each import TEN
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from sql.tables import write_offs
from tasks.journal import Journal
from tasks.journal.write_offs import WriteOff

WORD = WriteOff("demo", "main", "GONE", "written_off", Decimal("0.25"), "Ada Byron", "delisted on Friday", TEN)


def test_the_last_word_on_a_symbol_counts_and_every_word_stays(journal: Journal):
    later = datetime(2022, 12, 29, tzinfo=UTC)
    back = replace(WORD, said="taken_back", price=None, because="it trades again", at=later)
    journal.write_offs.record(WORD)
    assert journal.write_offs.standing("demo", "main") == {"GONE": WORD}
    journal.write_offs.record(back)
    assert journal.write_offs.standing("demo", "main") == {}
    lower = replace(WORD, price=Decimal(0))
    journal.write_offs.record(lower)
    assert journal.write_offs.standing("demo", "main") == {"GONE": lower}
    assert journal.write_offs.history("demo") == (WORD, back, lower)


def test_a_word_is_of_one_book_and_one_account(journal: Journal):
    journal.write_offs.record(WORD)
    assert journal.write_offs.standing("demo", "other") == {}
    assert journal.write_offs.history("another") == ()


@pytest.mark.parametrize("change", [update(write_offs).values(who="somebody else"), delete(write_offs)])
def test_a_word_can_neither_be_edited_nor_removed(journal: Journal, change):
    journal.write_offs.record(WORD)
    with pytest.raises(DatabaseError, match="append-only"), journal.engine.begin() as connection:
        connection.execute(change)


def test_a_word_is_in_the_audit_chain(journal: Journal):
    journal.write_offs.record(WORD)
    assert journal.audit.verify() == ()
    assert "write_offs" in {entry["table_name"] for entry in _chain(journal)}


def _chain(journal: Journal):
    from sqlalchemy import select

    from sql.tables import audit

    with journal.engine.connect() as connection:
        return connection.execute(select(audit.c.table_name)).mappings().all()


def test_who_wrote_off_what_is_a_question_that_can_be_asked(journal: Journal):
    journal.write_offs.record(WORD)
    [row] = journal.audit.ask("who_wrote_off_what", book="demo")
    assert (row["symbol"], row["price"], row["who"]) == ("GONE", Decimal("0.25"), "Ada Byron")
