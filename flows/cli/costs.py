"""Commands of the cost model: fitted to the book's own orders, and put in force by name."""

from typing import Annotated

import typer

from flows.cli.options import JSON, BookName, answer, parse_day, verbs
from tasks.errors import ConfigError

app = verbs()


@app.command(epilog="Example: steelyard calibrate demo --from 2022-11-29")
def calibrate(
    book: BookName,
    first: Annotated[
        str | None, typer.Option("--from", help="First session, e.g. 2022-11-29; default: the first")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last session; default: the newest")] = None,
    approve: Annotated[
        str | None, typer.Option("--approve", help="Put this version in force: its id, or e.g. v2")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Go back to the book file's own figures")] = False,
    who: Annotated[
        str, typer.Option("--who", help="With --approve or --withdraw: your name, as it stands in the record")
    ] = "",
    because: Annotated[str, typer.Option("--because", help="With --approve or --withdraw: why")] = "",
    despite_doubts: Annotated[
        bool, typer.Option("--despite-doubts", help="With --approve: put it in force although it has doubts; recorded")
    ] = False,
    json: JSON = False,
) -> None:
    """Fit half-spread and impact to the book's own executed orders; the proposal goes on record and changes nothing.

    With --approve a person puts a version in force, with --withdraw takes it back.
    """
    answer(lambda: _asked(book, first, last, approve, withdraw, who, because, despite_doubts, json), json)


def _asked(
    book: str,
    first: str | None,
    last: str | None,
    approve: str | None,
    withdraw: bool,
    who: str,
    because: str,
    despite_doubts: bool,
    json: bool,
) -> dict[str, object]:
    """One of the three; what belongs to another one is refused."""
    from flows.commands.calibrate import calibrate_book
    from flows.commands.cost_models import approve_model, withdraw_model

    if approve is not None and withdraw:
        raise ConfigError("--approve and --withdraw contradict each other; write one of them")
    if (approve is not None or withdraw) and (first or last):
        raise ConfigError("--from and --to belong to a new calibration; leave them out")
    if approve is not None:
        return approve_model(book, approve, who, because, despite_doubts=despite_doubts, as_json=json)
    if withdraw:
        return withdraw_model(book, who, because, as_json=json)
    if who or because or despite_doubts:
        raise ConfigError("--who, --because and --despite-doubts belong to --approve or --withdraw")
    return calibrate_book(book, parse_day(first, "--from"), parse_day(last, "--to"), as_json=json)


@app.command(epilog="Example: steelyard calibrations demo")
def calibrations(book: BookName, json: JSON = False) -> None:
    """A book's calibrated cost models, what was said of each by whom, and which one is in force."""
    from flows.commands.cost_models import list_models

    answer(lambda: list_models(book, as_json=json), json)
