"""A cost model fitted to a book's own orders, what people said of it, and which version a session uses. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from tasks.errors import BadDataError
from tasks.wording import short_hash

EXPONENT = 0.5
"""Of the impact in bps over the share of ADV: the 3/2 power of the optimizer's impact in USD has no other."""
MOST_HALF_SPREAD_BPS, MOST_IMPACT = 500.0, 20.0
"""What a book file may say of the two at most."""


class Word(StrEnum):
    """What a person says of a version."""

    APPROVED = "approved"
    """It is in force from now on, in place of whatever was."""
    WITHDRAWN = "withdrawn"
    """The book file's own figures are in force again."""


@dataclass(frozen=True, slots=True)
class CostModel:
    """One calibration on record. `model_id` is the hash of all that it says; `made_at` and `version` are not in it."""

    model_id: str
    book: str
    version: int
    """Counts the book's proposals, from 1."""
    first_session: date
    last_session: date
    body: Mapping[str, Any]
    """Coefficients with errors, orders, days, doubts, and the hashes of the reports that it rests on."""
    made_at: datetime

    @property
    def half_spread_bps(self) -> float:
        """Fitted at the optimizer's own exponent."""
        return float(self.body["half_spread_bps"]["value"])

    @property
    def impact_coefficient(self) -> float:
        """b of b * sigma * |x|^1.5 / V^0.5, sigma and V daily."""
        return float(self.body["impact_coefficient"]["value"])

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it must be taken with care, in sentences."""
        return tuple(self.body["doubts"])

    @property
    def words(self) -> str:
        """`version 2 (3fa1b2c4d5e6)`."""
        return f"version {self.version} ({short_hash(self.model_id)})"


@dataclass(frozen=True, slots=True)
class CostModelWord:
    """One word of a person on one version; the book's last one counts."""

    book: str
    model_id: str
    said: str
    who: str
    because: str
    despite_doubts: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CostModelUsed:
    """The version that a session's decision rests on, as its plan says it."""

    model_id: str
    version: int
    half_spread_bps: float
    impact_coefficient: float
    approved_by: str

    @property
    def name(self) -> str:
        """`calibrated version 2 (3fa1b2c4d5e6)`."""
        return f"calibrated version {self.version} ({short_hash(self.model_id)})"

    @property
    def words(self) -> str:
        """The name with its figures and who put it in force."""
        return (
            f"{self.name}: half-spread {self.half_spread_bps:.4g} bps, b {self.impact_coefficient:.4g}, "
            f"approved by {self.approved_by}"
        )


def model_id_of(book: str, first: date, last: date, body: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of what a calibration says: the same orders give the same one."""
    content = {"book": book, "first_session": first.isoformat(), "last_session": last.isoformat(), "body": body}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return sha256(text.encode("ascii")).hexdigest()


def check_content(model: CostModel) -> CostModel:
    """The model itself. Raises: BadDataError where its row does not say what its id is the hash of."""
    named = model_id_of(model.book, model.first_session, model.last_session, model.body)
    if named != model.model_id:
        raise BadDataError(
            f"cost model {model.words} of {model.book} is not what was recorded; `steelyard audit verify` names "
            "the row, and a backup restores it"
        )
    return model


def in_force(words: Iterable[CostModelWord], moment: datetime | None = None) -> CostModelWord | None:
    """The approval that stands, `words` oldest first; `moment`: as it stood then. None: the file's own figures."""
    said = [word for word in words if moment is None or word.at <= moment]
    return said[-1] if said and said[-1].said == Word.APPROVED else None


def used(model: CostModel, word: CostModelWord) -> CostModelUsed:
    """What a plan says of a version in force."""
    return CostModelUsed(
        model.model_id, model.version, model.half_spread_bps, model.impact_coefficient, approved_by=word.who
    )


def used_to_json(of: CostModelUsed) -> dict[str, Any]:
    """As it stands in a plan and in the facts of the decision."""
    return asdict(of)


def used_from_json(data: Mapping[str, Any]) -> CostModelUsed:
    """The same back."""
    return CostModelUsed(**data)


def why_not_approved(model: CostModel, *, despite_doubts: bool) -> str | None:
    """What stands against putting a version in force, in a sentence with its remedy; None when nothing does."""
    figures = (
        ("half-spread", model.half_spread_bps, MOST_HALF_SPREAD_BPS, " bps"),
        ("impact coefficient", model.impact_coefficient, MOST_IMPACT, ""),
    )
    for name, value, most, unit in figures:
        if not 0 <= value <= most:
            return (
                f"its {name} is {value:.4g}{unit}, and no order is forecast with less than 0 or more than {most:g}; "
                "calibrate again over more sessions"
            )
    if model.doubts and not despite_doubts:
        return f"it has doubts: {'; '.join(model.doubts)}. With --despite-doubts it is put in force all the same"
    return None


def named(models: Sequence[CostModel], text: str) -> CostModel | None:
    """The version whose id is, or begins with, `text` (at least 6 characters), or of the number `v2`."""
    wanted = text.strip().lower()
    if wanted.startswith("v") and wanted[1:].isascii() and wanted[1:].isdigit():
        found = [model for model in models if model.version == int(wanted[1:])]
    else:
        found = [model for model in models if len(wanted) >= 6 and model.model_id[: len(wanted)] == wanted]
    return found[0] if len(found) == 1 else None
