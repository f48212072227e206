"""A session's newest report as those see it who review it, read from the journal, and as a page beside the report."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tasks.audit.report_files import JSON, State, report_states
from tasks.errors import BadDataError
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.plan_records import APPROVED
from tasks.model.review import Review, ReviewWord, is_final, point_key, review_of
from tasks.model.typed_commands import reviews_session

PAGE = "report.html"
REVIEW = "review.html"


@dataclass(frozen=True, slots=True)
class UnderReview:
    """A report, what was said of it, and who may not say more."""

    row: ReportRow
    report: Mapping[str, Any]
    review: Review
    words: tuple[ReviewWord, ...]
    """All that were said of the session's reports, oldest first."""
    approved_by: tuple[str, ...]
    restated: Mapping[str, str]
    """Hash of the restated bars by the point about them; they came after the report, and no signature covers them."""


def is_signed(journal: Journal, row: ReportRow) -> bool:
    """Whether somebody put a name under this report, with or without exceptions."""
    words = journal.reviews.of(row.cycle_id)
    return any(is_final(word) and word.report_sha256 == row.hashes.get(JSON) for word in words)


def under_review(journal: Journal, cycle: Cycle) -> UnderReview:
    """The newest report of a session. Raises: BadDataError without one, or where the file is not what was recorded."""
    row = journal.books.newest_report(cycle.cycle_id)
    if row is None:
        raise BadDataError(
            f"session {cycle.session} of {cycle.book} has no report to review; `{reviews_session(cycle)}` writes it"
        )
    report, words = recorded_report(cycle, row), journal.reviews.of(cycle.cycle_id)
    _must_be_as_recorded(journal, cycle, row)
    later = journal.restatements.of(cycle.cycle_id)
    review = review_of([*report["open_points"], *(found.point for found in later)], words, row.hashes[JSON])
    restated = {point_key(**found.point): found.restated_sha256 for found in later}
    return UnderReview(row, report, review, words, _approved_by(journal, report["cover"]["plan_hash"]), restated)


def _must_be_as_recorded(journal: Journal, cycle: Cycle, row: ReportRow) -> None:
    """Whoever reviews reads the page: each file of the report is what was recorded. Raises: BadDataError."""
    rows = [one for one in journal.books.reports(cycle.cycle_id) if Path(one.path).parent == Path(row.path).parent]
    edited = [file for file in report_states(rows) if file.state is State.CHANGED]
    if edited:
        raise BadDataError(
            f"{edited[0].path} is not as it was recorded; keep a copy where somebody has to answer for it, then "
            f"`{reviews_session(cycle)}` writes the report anew"
        )


def recorded_report(cycle: Cycle, row: ReportRow) -> Mapping[str, Any]:
    """The figures of a report. Raises: BadDataError where the file is not what is on record."""
    file, recorded = Path(row.path).with_name(JSON), row.hashes.get(JSON)
    anew = f"`{reviews_session(cycle)}` writes it anew"
    if recorded is None:
        raise BadDataError(f"{file} was not hashed when it was written, so nobody can say that it is as it was; {anew}")
    try:
        text = file.read_bytes()
    except OSError as error:
        raise BadDataError(f"{file} cannot be read ({error.strerror}); {anew}") from error
    if sha256(text).hexdigest() != recorded:
        raise BadDataError(f"{file} is not the report that is on record; {anew}")
    return json.loads(text)


def _approved_by(journal: Journal, plan_hash: str) -> tuple[str, ...]:
    answers = journal.decisions.answers(plan_hash)
    return tuple(dict.fromkeys(answer.who for answer in answers if answer.decision == APPROVED))


def review_page(found: UnderReview) -> str:
    """What was said of a report, as a page; it is no file of the report and has no hash."""
    from tasks.tca.render import environment

    return (
        environment()
        .get_template("review.html.j2")
        .render(
            cover=found.report["cover"],
            review=found.review,
            words=found.words,
            hashes=found.row.hashes,
            approved_by=found.approved_by,
        )
    )


def write_review_page(journal: Journal, cycle: Cycle) -> Path:
    """Put review.html beside the report, from what is on record now."""
    from tasks.tca.write import replace_file

    found = under_review(journal, cycle)
    file = Path(found.row.path).with_name(REVIEW)
    replace_file(file, review_page(found).encode())
    return file
