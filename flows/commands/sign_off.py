"""Commands of reviewers: the points of a report, what each came to, and the signature under it."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from rich.console import Console

from flows.book_file.load import recorded_book
from flows.bootstrap import wall_clock
from flows.commands.halt import said, signed
from flows.commands.lookup import cycle_of, journal_here
from flows.commands.rows_shown import show_rows
from tasks.errors import ConfigError, NotSignedError
from tasks.model.cycle import Cycle
from tasks.model.restatement import KIND
from tasks.model.review import Disposition, Review, ReviewPoint, ReviewWord, SignOff, why_not_by, why_not_signed
from tasks.model.typed_commands import disposes_point, lists_exceptions, signs_report
from tasks.tca.under_review import UnderReview, under_review, write_review_page
from tasks.wording import counted

MOST_NAME, MOST_REASON = 100, 2000
"""Characters of a reviewer's name and of a reason."""
Word = TypeVar("Word", bound=StrEnum)


def show_exceptions(book: str, session: date | None, *, as_json: bool, kind: str = "rebalance") -> dict[str, Any]:
    """The points of a session's newest report and what was said of each; nothing is written."""
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        found = under_review(journal, cycle)
    if not as_json:
        _print(cycle, found)
    return _answer(cycle, found)


def dispose_point(
    book: str, session: date | None, key: str, what: str, who: str, because: str, *, as_json: bool, kind: str
) -> dict[str, Any]:
    """Put on record what one point came to.

    Raises: ConfigError for an unknown point or word, or without a name or a reason; NotSignedError for a person who may
    not review the session, or a report that is signed.
    """
    disposition = _one_of(Disposition, what)

    def word(cycle: Cycle, found: UnderReview) -> tuple[str, str, str]:
        point = _point(cycle, found, key)
        return point.key, disposition.value, _read(found, point)

    return _recorded(book, session, word, who, because, as_json=as_json, kind=kind)


def sign_report(
    book: str, session: date | None, what: str, who: str, because: str, *, as_json: bool, kind: str
) -> dict[str, Any]:
    """Put a name under a session's newest report, or hand it up.

    Raises: ConfigError for an unknown word, or without a name or a reason; NotSignedError while a point is open, for a
    person who may not review the session, or where the report is signed already.
    """
    wanted = _one_of(SignOff, what)

    def word(cycle: Cycle, found: UnderReview) -> tuple[str, str, str]:
        against = why_not_signed(found.review, wanted)
        if against:
            raise NotSignedError(f"not signed: {against}. Look at them: {lists_exceptions(cycle)}")
        return "", wanted.value, found.review.report_sha256

    return _recorded(book, session, word, who, because, as_json=as_json, kind=kind)


def _recorded(
    book: str,
    session: date | None,
    word: Callable[[Cycle, UnderReview], tuple[str, str, str]],
    who: str,
    because: str,
    *,
    as_json: bool,
    kind: str,
) -> dict[str, Any]:
    who, because = short_enough(signed(who), "--who", MOST_NAME), short_enough(said(because, "--because"))
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        found = under_review(journal, cycle)
        _must_be_allowed(cycle, found, who)
        point, what, read = word(cycle, found)
        journal.reviews.record(ReviewWord(cycle.cycle_id, read, point, what, who, because, wall_clock()))
        found, page = under_review(journal, cycle), write_review_page(journal, cycle)
    if not as_json:
        _print(cycle, found)
        Console().print(str(page), soft_wrap=True, highlight=False, markup=False)
    return {**_answer(cycle, found), "page": str(page)}


def _read(found: UnderReview, point: ReviewPoint) -> str:
    """Hash of what a word is about: the report, or the restatement that was found after it was written."""
    return found.restated.get(point.key, found.review.report_sha256)


def short_enough(words: str, option: str = "--because", most: int = MOST_REASON) -> str:
    """A page has to hold it; what stops trading may be as long as it likes."""
    if len(words) > most:
        raise ConfigError(f"{option} has {len(words):,} characters; write at most {most:,}, and where the rest stands")
    return words


def _must_be_allowed(cycle: Cycle, found: UnderReview, who: str) -> None:
    """Asked for every word. The book as it was when the session was worked says who the reviewers are."""
    against = why_not_by(who, found.approved_by, recorded_book(cycle.book_text, cycle.book_file).tca.reviewers)
    if against:
        raise NotSignedError(f"not recorded: {against}")


def _point(cycle: Cycle, found: UnderReview, key: str) -> ReviewPoint:
    for point in found.review.points:
        if point.key == key.strip() and (point.kind == KIND or found.review.signature is None):
            return point
    if found.review.signature is not None:
        raise NotSignedError(f"not recorded: {why_not_signed(found.review, SignOff.ESCALATED)}")
    known = ", ".join(point.key for point in found.review.points) or "none: nothing is open"
    raise ConfigError(f"{key} is no point of the report of {cycle.session}; its points are {known}")


def _one_of(words: type[Word], text: str) -> Word:
    try:
        return words(text.strip())
    except ValueError:
        raise ConfigError(f"--as {text}: write one of {', '.join(word.value for word in words)}") from None


def _answer(cycle: Cycle, found: UnderReview) -> dict[str, Any]:
    review = found.review
    return {
        "book": cycle.book,
        "session": cycle.session.isoformat(),
        "kind": cycle.kind,
        "report": found.row.path,
        "version": found.row.version,
        "report_sha256": review.report_sha256,
        "approved_by": list(found.approved_by),
        "open": len(review.open_points),
        "signed": review.signature is not None,
        "signature": _words(review.last),
        "points": [
            {
                "key": point.key,
                "kind": point.kind,
                "subject": point.subject,
                "sentence": point.sentence,
                "disposition": _words(point.word),
            }
            for point in review.points
        ],
    }


def _words(word: ReviewWord | None) -> dict[str, Any] | None:
    return word and {"said": word.said, "who": word.who, "because": word.because, "at": word.at.isoformat()}


def _print(cycle: Cycle, found: UnderReview) -> None:
    console, review = Console(), found.review
    rows = [
        {
            "point": point.key,
            "kind": point.kind,
            "subject": point.subject,
            "what": point.sentence,
            "came to": f"{point.word.said}, {point.word.who}: {point.word.because}" if point.word else "open",
        }
        for point in review.points
    ]
    if rows:
        show_rows(console, rows)
    console.print(standing(cycle, found), soft_wrap=True, highlight=False, markup=False)


def standing(cycle: Cycle, found: UnderReview) -> str:
    """How the report stands, and what to type next."""
    review = found.review
    what = "The report" if found.row.version == 1 else f"Version {found.row.version} of the report"
    of = f"{what} of {cycle.book} {cycle.session}"
    if review.signature is not None:
        signed = review.signature
        still = _found_later(cycle, review)
        return f"{of} is signed by {signed.who}, {signed.said.replace('-', ' ')}: {signed.because}{still}"
    if review.open_points:
        still = counted(len(review.open_points), "point")
        return f"{of} has {still} open, next: {disposes_point(cycle, review.open_points[0].key)}"
    excepted = any(point.word and point.word.said == Disposition.ACCEPTED for point in review.points)
    next_word = SignOff.WITH_EXCEPTIONS if excepted else SignOff.ACCEPTED
    return f"{of} has no point open and is not signed: {signs_report(cycle, next_word)}"


def _found_later(cycle: Cycle, review: Review) -> str:
    """What came up after the signature and waits for an answer; empty where nothing does."""
    if not review.open_points:
        return ""
    points = counted(len(review.open_points), "point")
    return f"; {points} found later are open, next: {disposes_point(cycle, review.open_points[0].key)}"
