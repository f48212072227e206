"""What reviewers said of reports, on each database."""

from dataclasses import replace

import pytest
from one_of_each import CYCLE, TEN
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from sql.tables import reviews
from tasks.errors import NotSignedError
from tasks.journal import Journal
from tasks.model.review import ReviewWord

WORD = ReviewWord(CYCLE.cycle_id, "a" * 64, "1a2b3c4d", "explained", "Grace Hopper", "a late print", TEN)
SIGNED = replace(WORD, point="", said="accepted")


@pytest.fixture(autouse=True)
def _worked(journal: Journal) -> None:
    journal.cycles.open(CYCLE)


def test_words_come_back_as_they_were_said_oldest_first(journal: Journal):
    again = replace(WORD, said="accepted", because="it stands")
    for word in (WORD, again, SIGNED):
        journal.reviews.record(word)
    assert journal.reviews.of(CYCLE.cycle_id) == (WORD, again, SIGNED)
    assert journal.reviews.of("another:2022-12-28") == ()


def test_a_signed_report_takes_no_further_word_and_the_next_version_does(journal: Journal):
    journal.reviews.record(SIGNED)
    for word in (WORD, replace(SIGNED, who="Edsger")):
        with pytest.raises(NotSignedError, match="Grace Hopper has signed"):
            journal.reviews.record(word)
    later = replace(WORD, report_sha256="b" * 64)
    journal.reviews.record(later)
    assert journal.reviews.of(CYCLE.cycle_id) == (SIGNED, later)


def test_what_was_handed_up_takes_further_words(journal: Journal):
    journal.reviews.record(replace(SIGNED, said="escalated"))
    journal.reviews.record(SIGNED)
    assert len(journal.reviews.of(CYCLE.cycle_id)) == 2


@pytest.mark.parametrize("change", [update(reviews).values(who="somebody else"), delete(reviews)])
def test_a_word_can_neither_be_edited_nor_removed(journal: Journal, change):
    journal.reviews.record(WORD)
    with pytest.raises(DatabaseError, match="append-only"), journal.engine.begin() as connection:
        connection.execute(change)
