"""The review of a report by people: what each open point came to, and who signs. Pure; words are never changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from tasks.wording import person


class Disposition(StrEnum):
    """What a reviewer found an open point to be."""

    EXPLAINED = "explained"
    """Nothing is wrong, and why is on record."""
    CORRECTED = "corrected"
    """It was wrong, and a later entry mends it."""
    ACCEPTED = "accepted"
    """It is wrong and stands, as an exception to the signature."""
    ESCALATED = "escalated"
    """Somebody above has to say."""


class SignOff(StrEnum):
    """What a signature says of a whole report."""

    ACCEPTED = "accepted"
    WITH_EXCEPTIONS = "accepted-with-exceptions"
    ESCALATED = "escalated"
    """Not signed yet: somebody above has it."""


@dataclass(frozen=True, slots=True)
class ReviewWord:
    """One word of a reviewer, on one point of a report or, with an empty `point`, on all of it."""

    cycle_id: str
    report_sha256: str
    """Of the report.json that was read."""
    point: str
    said: str
    who: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewPoint:
    """An open point of a report and the last word on it; None while nobody has looked."""

    key: str
    kind: str
    subject: str
    sentence: str
    word: ReviewWord | None

    @property
    def is_open(self) -> bool:
        """Whether a person still has to say something: nobody did, or it was handed up."""
        return self.word is None or self.word.said == Disposition.ESCALATED


@dataclass(frozen=True, slots=True)
class Review:
    """How one report stands with those who review it."""

    report_sha256: str
    points: tuple[ReviewPoint, ...]
    last: ReviewWord | None
    """The last word on the whole report."""

    @property
    def open_points(self) -> tuple[ReviewPoint, ...]:
        """What has to be looked at before anybody signs."""
        return tuple(point for point in self.points if point.is_open)

    @property
    def signature(self) -> ReviewWord | None:
        """The word that makes this report final; None while it is not signed."""
        return self.last if self.last is not None and is_final(self.last) else None


def is_final(word: ReviewWord) -> bool:
    """Whether a word is a signature under a whole report."""
    return not word.point and word.said in (SignOff.ACCEPTED, SignOff.WITH_EXCEPTIONS)


def point_key(kind: str, subject: str, sentence: str) -> str:
    """The same for the same sentence in every version of a report: a figure that changes is another point."""
    return sha256(f"{kind}|{subject}|{sentence}".encode()).hexdigest()[:8]


def review_of(points: Sequence[Mapping[str, str]], words: Iterable[ReviewWord], report_sha256: str) -> Review:
    """`points` as report.json has them, `words` of the session, oldest first: the last one on a point counts.

    What was said of a point holds in every version of the report that has it; a signature holds for one alone.
    """
    last: dict[str, ReviewWord] = {}
    of_report: ReviewWord | None = None
    for word in words:
        if word.point:
            last[word.point] = word
        elif word.report_sha256 == report_sha256:
            of_report = word
    reviewed = [
        ReviewPoint(key, point["kind"], point["subject"], point["sentence"], last.get(key))
        for point in points
        for key in [point_key(point["kind"], point["subject"], point["sentence"])]
    ]
    return Review(report_sha256, tuple(reviewed), of_report)


def why_not_signed(review: Review, said: SignOff) -> str | None:
    """What stands against a signature, in a sentence; None when nothing does."""
    if review.signature is not None:
        signed = review.signature
        return (
            f"{signed.who} signed it on {signed.at:%Y-%m-%d %H:%M} UTC ({signed.said}); a signed report stays as it is"
        )
    if said is SignOff.ESCALATED:
        return None
    if review.open_points:
        first = review.open_points[0]
        return (
            f"{len(review.open_points)} of {len(review.points)} points are open, the first is {first.key} "
            f"({first.subject}): {first.sentence}"
        )
    excepted = [point for point in review.points if point.word is not None and point.word.said == Disposition.ACCEPTED]
    if excepted and said is SignOff.ACCEPTED:
        return (
            f"{len(excepted)} points stand as exceptions, the first is {excepted[0].key} ({excepted[0].subject}); "
            f"sign it as {SignOff.WITH_EXCEPTIONS}"
        )
    if not excepted and said is SignOff.WITH_EXCEPTIONS:
        return f"no point stands as an exception; sign it as {SignOff.ACCEPTED}"
    return None


def why_not_by(who: str, approved_by: Collection[str], reviewers: Collection[str]) -> str | None:
    """Why this person may not review the session; None when nothing stands against it.

    Nobody reviews what they approved. Names are compared without case and outer space; `reviewers` empty is anybody.
    """
    name = person(who)
    if name in {person(other) for other in approved_by}:
        return f"{who} approved this session's plan, and nobody reviews what they approved; another person has to"
    if reviewers and name not in {person(other) for other in reviewers}:
        return (
            f"{who} is not one of the book's reviewers ({', '.join(reviewers)}): tca.reviewers in its file names them"
        )
    return None
