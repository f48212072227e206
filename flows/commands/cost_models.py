"""Puts a calibrated cost model in force by name, takes it back, and lists a book's versions."""

from datetime import datetime
from typing import Any

from rich.console import Console

from flows.bootstrap import wall_clock
from flows.commands.calibrate import book_of, plain_model, say
from flows.commands.halt import said, signed
from flows.commands.lookup import journal_here, name_of
from flows.commands.rows_shown import show_rows
from flows.commands.sign_off import MOST_NAME, short_enough
from tasks.errors import ConfigError, NotApprovedError
from tasks.journal import Journal
from tasks.model.cost_model import CostModel, CostModelWord, Word, in_force, named, why_not_approved


def approve_model(
    book: str, model_id: str, who: str, because: str, *, despite_doubts: bool, as_json: bool
) -> dict[str, Any]:
    """Put a version in force for every session that begins from now on.

    Raises: ConfigError for an unknown version, or without a name or a reason; NotApprovedError for one with doubts that
    nobody passed over, or with figures that no forecast can use.
    """
    who, because = _by(who, because)
    with journal_here() as journal:
        model = _model(journal, name_of(book), model_id)
        against = why_not_approved(model, despite_doubts=despite_doubts)
        if against:
            raise NotApprovedError(f"{model.words} of {model.book} is not put in force: {against}")
        passed_over = despite_doubts and bool(model.doubts)
        _record(journal, model, Word.APPROVED, who, because, wall_clock(), despite_doubts=passed_over)
        counts = book_of(journal, book).costs.model == "calibrated"
    told = f"{model.words} of {model.book} is in force, says {who}; sessions that have begun keep what they have"
    if not counts:
        told += ". The book says costs.model: assumed and goes on with its own figures; write costs.model: calibrated"
    return _answer(model, told, as_json=as_json)


def withdraw_model(book: str, who: str, because: str, *, as_json: bool) -> dict[str, Any]:
    """Go back to the book file's own figures for every session that begins from now on.

    Raises: ConfigError where none is in force, or without a name or a reason.
    """
    who, because = _by(who, because)
    with journal_here() as journal:
        name = name_of(book)
        word = in_force(journal.cost_models.words(name))
        if word is None:
            raise ConfigError(f"no calibrated cost model of {name} is in force, so none can be withdrawn")
        model = _model(journal, name, word.model_id)
        _record(journal, model, Word.WITHDRAWN, who, because, wall_clock())
    told = (
        f"{model.words} of {model.book} is withdrawn, says {who}; sessions that begin now use the book file's figures"
    )
    return _answer(model, told, as_json=as_json)


def list_models(book: str, *, as_json: bool) -> dict[str, Any]:
    """A book's versions, newest first, what was said of each, and which is in force."""
    with journal_here() as journal:
        name = name_of(book)
        models, words = journal.cost_models.of(name), journal.cost_models.words(name)
    standing = in_force(words)
    if not as_json:
        _print(name, models, words, standing)
    return {
        "book": name,
        "in_force": standing.model_id if standing else None,
        "versions": [plain_model(model) for model in reversed(models)],
        "words": [
            {
                "model_id": word.model_id,
                "said": word.said,
                "who": word.who,
                "because": word.because,
                "despite_doubts": word.despite_doubts,
                "at": word.at.isoformat(),
            }
            for word in words
        ],
    }


def _by(who: str, because: str) -> tuple[str, str]:
    return short_enough(signed(who), "--who", MOST_NAME), short_enough(said(because, "--because"))


def _model(journal: Journal, book: str, model_id: str) -> CostModel:
    models = journal.cost_models.of(book)
    found = named(models, model_id)
    if found is None:
        none = f"none; `steelyard calibrate {book}` proposes one"
        known = ", ".join(model.words for model in reversed(models)) or none
        raise ConfigError(f"{model_id!r} is no version of {book}'s cost model; on record: {known}")
    return found


def _record(
    journal: Journal,
    model: CostModel,
    what: Word,
    who: str,
    because: str,
    at: datetime,
    *,
    despite_doubts: bool = False,
) -> None:
    journal.cost_models.record(CostModelWord(model.book, model.model_id, what.value, who, because, despite_doubts, at))


def _answer(model: CostModel, told: str, *, as_json: bool) -> dict[str, Any]:
    if not as_json:
        say(Console(), told)
    return {"book": model.book, "model_id": model.model_id, "version": model.version, "message": told}


def _print(
    book: str,
    models: tuple[CostModel, ...],
    words: tuple[CostModelWord, ...],
    standing: CostModelWord | None,
) -> None:
    console = Console()
    if models:
        show_rows(console, [_row(model, words) for model in reversed(models)])
    if standing is None:
        say(console, f"No calibrated cost model of {book} is in force; its file's own figures are used")
        return
    model = next(model for model in models if model.model_id == standing.model_id)
    say(console, f"In force: {model.words}, approved by {standing.who} on {standing.at:%Y-%m-%d %H:%M} UTC")


def _row(model: CostModel, words: tuple[CostModelWord, ...]) -> dict[str, Any]:
    said_of = [word for word in words if word.model_id == model.model_id]
    return {
        "version": f"v{model.version} {model.model_id[:12]}",
        "from": model.first_session.isoformat(),
        "to": model.last_session.isoformat(),
        "orders": model.body["orders"],
        "half-spread bps": f"{model.half_spread_bps:.3f}",
        "impact b": f"{model.impact_coefficient:.3f}",
        "doubts": len(model.doubts),
        "said": "; ".join(f"{word.said}, {word.who}: {word.because}" for word in said_of),
    }
