"""Who may say what of a report, and when it may be signed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tasks.model.review import (
    Disposition,
    Review,
    ReviewWord,
    SignOff,
    point_key,
    review_of,
    why_not_by,
    why_not_signed,
)

TEN = datetime(2022, 12, 28, 15, 0, tzinfo=UTC)
POINTS = (
    {"kind": "outlier", "subject": "KO", "sentence": "Order 1 cost 90 bps (z 5.1) and is unexplained."},
    {"kind": "break", "subject": "PG", "sentence": "shares: ours 10, theirs 9."},
)
KEYS = tuple(point_key(point["kind"], point["subject"], point["sentence"]) for point in POINTS)


def word(point: str, said: str, report: str = "a" * 64) -> ReviewWord:
    return ReviewWord("demo:2022-12-28", report, point, said, "Grace Hopper", "seen", TEN)


def reviewed(*words: ReviewWord, report: str = "a" * 64) -> Review:
    return review_of(POINTS, words, report)


def test_nothing_is_signed_while_a_point_is_open() -> None:
    for words in ((), (word(KEYS[0], "explained"),), (word(KEYS[0], "explained"), word(KEYS[1], "escalated"))):
        against = why_not_signed(reviewed(*words), SignOff.ACCEPTED)
        assert against is not None
        assert "open" in against
    assert why_not_signed(reviewed(), SignOff.ESCALATED) is None, "it can be handed up as it is"


def test_what_stands_as_an_exception_is_signed_as_one() -> None:
    found = reviewed(word(KEYS[0], "explained"), word(KEYS[1], "accepted"))
    against = why_not_signed(found, SignOff.ACCEPTED)
    assert against is not None
    assert SignOff.WITH_EXCEPTIONS in against
    assert why_not_signed(found, SignOff.WITH_EXCEPTIONS) is None


@pytest.mark.parametrize("said", [Disposition.EXPLAINED, Disposition.CORRECTED])
def test_a_report_without_open_points_and_exceptions_is_accepted(said: Disposition) -> None:
    found = reviewed(*(word(key, said) for key in KEYS))
    assert why_not_signed(found, SignOff.ACCEPTED) is None
    assert "no point stands as an exception" in str(why_not_signed(found, SignOff.WITH_EXCEPTIONS))


def test_the_last_word_on_a_point_counts() -> None:
    found = reviewed(word(KEYS[0], "accepted"), word(KEYS[0], "explained"))
    assert found.points[0].word is not None
    assert found.points[0].word.said == "explained"
    assert [point.key for point in found.open_points] == [KEYS[1]]


def test_a_signature_is_of_one_version_and_a_disposition_of_every_one_that_has_the_point() -> None:
    words = (*(word(key, "explained") for key in KEYS), word("", "accepted"))
    assert reviewed(*words).signature == words[-1]
    later = reviewed(*words, report="b" * 64)
    assert later.signature is None
    assert later.open_points == ()


def test_a_signed_report_takes_no_second_signature() -> None:
    found = reviewed(*(word(key, "explained") for key in KEYS), word("", "accepted"))
    for said in SignOff:
        against = why_not_signed(found, said)
        assert against is not None
        assert "Grace Hopper signed it" in against


def test_what_was_handed_up_can_be_signed_later() -> None:
    found = reviewed(*(word(key, "explained") for key in KEYS), word("", "escalated"))
    assert found.signature is None
    assert why_not_signed(found, SignOff.ACCEPTED) is None


def test_a_figure_that_changes_is_another_point() -> None:
    other = replace(word(KEYS[0], "explained"), point=point_key("outlier", "KO", "Order 1 cost 91 bps."))
    assert reviewed(other).points[0].word is None


@pytest.mark.parametrize("who", ["Ada Byron", "ada byron", "  Ada  BYRON "])
def test_nobody_reviews_what_they_approved(who: str) -> None:
    against = why_not_by(who, ["Ada Byron"], [])
    assert against is not None
    assert "approved" in against


def test_where_the_book_names_reviewers_nobody_else_reviews() -> None:
    assert why_not_by("grace hopper", ["Ada Byron"], ["Grace Hopper"]) is None
    against = why_not_by("Edsger", ["Ada Byron"], ["Grace Hopper"])
    assert against is not None
    assert "tca.reviewers" in against
    assert why_not_by("Edsger", ["Ada Byron"], []) is None
