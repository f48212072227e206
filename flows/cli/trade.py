"""Commands that work a book: run, plan, review, liquidate, drill."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import (
    JSON,
    AskedSession,
    BookFile,
    Liquidation,
    ModeName,
    Session,
    answer,
    kind_of,
    parse_asked,
    parse_day,
    verbs,
)

app = verbs()


@app.command(epilog="Example: steelyard run books/demo.yaml --session 2022-11-29")
def run(book: BookFile, session: AskedSession = None, mode: ModeName = None, json: JSON = False) -> None:
    """Rebalance a book for one session, from download to report; a finished session is not repeated."""
    from flows.commands.run import run_book

    answer(lambda: run_book(book, parse_asked(session), mode, "report", as_json=json), json)


@app.command(epilog="Example: steelyard plan books/demo.yaml")
def plan(
    book: BookFile,
    session: AskedSession = None,
    mode: ModeName = None,
    json: JSON = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the list as CSV on stdout, and nothing else")] = False,
) -> None:
    """What would be traded, what not, why, at what cost and risk. Sends nothing; a plan that stands is shown again."""
    from flows.commands.run import run_book

    answer(lambda: run_book(book, parse_asked(session), mode, "plan", as_json=json, csv=csv), json)


@app.command(epilog="Example: steelyard review books/demo.yaml --session 2022-11-29")
def review(book: BookFile, session: Session = None, liquidation: Liquidation = False, json: JSON = False) -> None:
    """Look for late fills of a worked session, compare with the broker again, write its report anew; sends nothing."""
    from flows.commands.review import review_session

    day, kind = parse_day(session), kind_of(liquidation)
    answer(lambda: review_session(book, day, as_json=json, kind=kind), json)


@app.command(
    epilog="Example: steelyard rerun books/demo.yaml --session 2022-11-29 --from orders "
    '--who "Ada Byron" --because "the band was too wide"'
)
def rerun(
    book: BookFile,
    session: Annotated[str, typer.Option("--session", help="Trading date, e.g. 2022-12-28")],
    from_step: Annotated[
        str,
        typer.Option(
            "--from",
            help="download, check, holdings, optimize, drift or orders: decide anew, while nothing was ordered; "
            "waves: go on with what was; confirm, reconcile or report: look once more at a worked session",
        ),
    ],
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    because: Annotated[str, typer.Option("--because", help="Why it is done again")],
    json: JSON = False,
) -> None:
    """Do the steps of a session again, from one on; recorded with your name. Nothing is ever ordered twice."""
    from flows.commands.rerun import rerun_session

    day = parse_day(session)
    answer(lambda: rerun_session(book, day, from_step, who, because, as_json=json), json)


@app.command(epilog='Example: steelyard liquidate books/demo.yaml --who "Ada Byron" --because "mandate ended"')
def liquidate(
    book: BookFile,
    who: Annotated[str, typer.Option("--who", help="Your name; it approves exactly this plan")],
    because: Annotated[str, typer.Option("--because", help="Why")],
    session: Session = None,
    symbols: Annotated[str | None, typer.Option("--symbols", help="Only these, e.g. AAPL,XOM; default: all")] = None,
    mode: Annotated[
        str, typer.Option("--mode", help="by_name: --who approves; manual: another person must")
    ] = "by_name",
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Show the plan and send nothing")] = False,
    json: JSON = False,
) -> None:
    """Bring every position to zero, or those named, from now to the close; then the book stays reducing."""
    from flows.commands.liquidate import liquidate_book

    day = parse_day(session)
    answer(lambda: liquidate_book(book, day, who, because, symbols, mode, plan_only=plan_only, as_json=json), json)


@app.command(epilog="Example: steelyard drill --book books/demo.yaml")
def drill(
    book: Annotated[Path, typer.Option("--book", help="The book file to drill with")] = Path("books/demo.yaml"),
    json: JSON = False,
) -> None:
    """Practise halt, resume and liquidate in a throw-away home: each is timed, and the result recorded."""
    from flows.commands.drill import run_drill

    answer(lambda: run_drill(book, as_json=json), json)
