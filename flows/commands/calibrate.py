"""`steelyard calibrate`: a cost model fitted to a book's own executed orders, put on record as a proposal."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.book_file import load_book
from flows.book_file.load import recorded_book
from flows.bootstrap import wall_clock
from flows.commands.lookup import cycle_of, journal_here
from flows.commands.rows_shown import show_rows
from tasks.approval.cost_model import standing
from tasks.book.model import Book
from tasks.book.targets import CostModelSettings
from tasks.errors import BadDataError, ConfigError
from tasks.journal import Journal
from tasks.model.cost_model import CostModel
from tasks.model.typed_commands import approves_cost_model
from tasks.tca.cost_forecasts import ForecastLine
from tasks.tca.gather_calibration import propose, read_samples
from tasks.tca.gather_period import sessions_between
from tasks.wording import counted

OPEN_ENDED = (date.min, date.max)
READING = (
    "Error is the mean of cost less forecast, without fees: positive is dearer than forecast. z is counted in timing "
    "risks; best are mean 0 and variance 1. The proposal was fitted to these orders: what it is worth on others is "
    "told by `on days unseen`, where each day is forecast by the coefficients of all other days."
)


def calibrate_book(book: str, first: date | None, last: date | None, *, as_json: bool) -> dict[str, Any]:
    """Fit half-spread and impact to the orders of a book's reports; nothing that trades is changed.

    Raises: ConfigError for a book without sessions on record, or days the wrong way round; BadDataError where there
    are too few orders, with how many are missing, or a report is not what is on record.
    """
    days = (first or OPEN_ENDED[0], last or OPEN_ENDED[1])
    if days[0] > days[1]:
        raise ConfigError(f"--from {days[0]} is after --to {days[1]}; turn them round")
    with journal_here() as journal:
        wanted = book_of(journal, book)
        today, today_is = costs_today(journal, wanted)
        found, reports = read_samples(sessions_between(journal, wanted.book, *days), wanted.costs.assumed_adv_usd)
        try:
            proposal = propose(found, reports, today, today_is)
        except BadDataError as error:
            raise BadDataError(f"{wanted.book}: {error}{_left_out(found.left_out)}") from error
        model = journal.cost_models.propose(wanted.book, proposal.first, proposal.last, proposal.body, wall_clock())
    if not as_json:
        _print(wanted, model, today, proposal.forecasts)
    return {
        **plain_model(model),
        "today": {"model": today_is, **_coefficients(today)},
        "forecasts": [asdict(line) for line in proposal.forecasts],
    }


def book_of(journal: Journal, book: str) -> Book:
    """A book by its file, or by its name as its newest session was worked."""
    path = Path(book)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return load_book(path).book
    cycle = cycle_of(journal, book, None)
    return recorded_book(cycle.book_text, cycle.book_file)


def costs_today(journal: Journal, book: Book) -> tuple[CostModelSettings, str]:
    """What a session that begins now would forecast by, and its name."""
    found = standing(journal, book.book) if book.costs.model == "calibrated" else None
    if found is None:
        return book.costs, "the book file"
    model, _ = found
    figures = {"half_spread_bps": model.half_spread_bps, "impact_coefficient": model.impact_coefficient}
    return book.costs.model_copy(update=figures), f"in force: {model.words}"


def plain_model(model: CostModel) -> dict[str, Any]:
    """For JSON."""
    return {
        "book": model.book,
        "model_id": model.model_id,
        "version": model.version,
        "from": model.first_session.isoformat(),
        "to": model.last_session.isoformat(),
        "made_at": model.made_at.isoformat(),
        **model.body,
    }


def _coefficients(costs: CostModelSettings) -> dict[str, float]:
    return {"half_spread_bps": costs.half_spread_bps, "impact_coefficient": costs.impact_coefficient}


def _print(book: Book, model: CostModel, today: CostModelSettings, forecasts: tuple[ForecastLine, ...]) -> None:
    console, body = Console(), model.body
    span = f"{model.first_session} to {model.last_session}"
    orders = f"{counted(body['orders'], 'order')} on {counted(body['days'], 'day')}"
    say(console, f"{book.book}, {span}: {orders}, from {counted(len(body['reports']), 'report')}")
    if body["left_out"]:
        say(console, _left_out(body["left_out"]).removeprefix(". "))
    show_rows(console, [*_fitted_rows(body, _coefficients(today))])
    show_rows(console, [_forecast_row(line) for line in forecasts])
    say(console, READING)
    for doubt in model.doubts:
        say(console, f"Doubt: {doubt}.")
    say(
        console,
        f"Proposal {model.words} is on record, and nothing that trades has changed. "
        f"To put it in force: {approves_cost_model(model, doubted=bool(model.doubts))}",
    )
    if book.costs.model != "calibrated":
        say(
            console,
            "The book file says costs.model: assumed; only with costs.model: calibrated does an approval count.",
        )


def say(console: Console, words: str) -> None:
    """A sentence as it is: nothing in it is markup."""
    console.print(words, soft_wrap=True, highlight=False, markup=False)


def _fitted_rows(body: Mapping[str, Any], today: Mapping[str, float]) -> list[dict[str, str]]:
    own = body["own_exponent"]
    named = [
        ("half-spread, bps", body["half_spread_bps"], f"{today['half_spread_bps']:.4g}"),
        ("impact b", body["impact_coefficient"], f"{today['impact_coefficient']:.4g}"),
        *([("exponent, if free", own["exponent"], f"{body['exponent']:g}, always")] if own else []),
    ]
    return [
        {
            "coefficient": name,
            "fitted": f"{one['value']:.4f}",
            "standard error": f"{one['standard_error']:.4f}",
            "95 % interval": f"{one['low']:.4f} to {one['high']:.4f}",
            "today": used,
        }
        for name, one, used in named
    ]


def _forecast_row(line: ForecastLine) -> dict[str, str]:
    return {
        "forecast by": line.model,
        "orders": str(line.orders),
        "error, bps": f"{line.mean_error_bps:+.2f}",
        "mean z": f"{line.mean_z:+.3f}",
        "variance of z": f"{line.variance_z:.3f}",
    }


def _left_out(left_out: Mapping[str, int]) -> str:
    """Empty where every order tells something."""
    told = "; ".join(f"{counted(count, 'order')}: {why}" for why, count in sorted(left_out.items()))
    return f". Left out: {told}" if told else ""
