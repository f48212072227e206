"""The `steelyard` command: every verb an operator needs, each with --json for programs.

Exit status: 0 it is done; 1 a business stop (the message says what to do); 2 wrong use.
"""

import sys
from collections.abc import Callable
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from flows.options import JSON, Session, parse_day

WRONG_USE = 2

app = typer.Typer(
    name="steelyard",
    help="Keeps a portfolio at its target weights, every trading day, and can prove what it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

BookFile = Annotated[Path, typer.Argument(help="The book file, e.g. books/demo.yaml")]
BookName = Annotated[str, typer.Argument(help="A book file or the name of a book")]
ModeName = Annotated[
    str | None, typer.Option("--mode", help="research, manual, semi_auto or full_auto; default: the book's")
]


@app.command(epilog="Example: steelyard run books/demo.yaml --session 2022-12-28")
def run(book: BookFile, session: Session = None, mode: ModeName = None, json: JSON = False) -> None:
    """Rebalance a book for one session, from download to report; a finished session is not repeated."""
    from flows.commands.running import run_book

    _answer(lambda: run_book(book, parse_day(session), mode, "report", as_json=json), json)


@app.command(epilog="Example: steelyard plan books/demo.yaml")
def plan(book: BookFile, session: Session = None, mode: ModeName = None, json: JSON = False) -> None:
    """Everything up to the plan: what would be traded, what not, and why. Nothing is sent."""
    from flows.commands.running import run_book

    _answer(lambda: run_book(book, parse_day(session), mode, "plan", as_json=json), json)


@app.command(epilog="Example: steelyard status demo")
def status(
    book: Annotated[str | None, typer.Argument(help="A book file or name; empty: all")] = None, json: JSON = False
) -> None:
    """Positions, cash, profit and loss, exposure and drawdown, derived from the fills."""
    from flows.commands.looking import show_status

    _answer(lambda: show_status(book, as_json=json), json)


@app.command(epilog="Example: steelyard orders demo --session 2022-12-28")
def orders(book: BookName, session: Session = None, json: JSON = False) -> None:
    """The orders of a session, their slices and fills."""
    from flows.commands.looking import show_orders

    _answer(lambda: show_orders(book, parse_day(session), as_json=json), json)


@app.command(epilog="Example: steelyard report demo --session 2022-12-28")
def report(book: BookName, session: Session = None, json: JSON = False) -> None:
    """Where the TCA report of a session is, and its main figures."""
    from flows.commands.looking import show_report

    _answer(lambda: show_report(book, parse_day(session), as_json=json), json)


@app.command(epilog="Example: steelyard sessions demo")
def sessions(book: BookName, json: JSON = False) -> None:
    """All sessions of a book, newest first."""
    from flows.commands.looking import show_sessions

    _answer(lambda: show_sessions(book, as_json=json), json)


@app.command(epilog='Example: steelyard approve demo --who "Ada Byron" --note "as discussed"')
def approve(
    book: BookName,
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    note: Annotated[str, typer.Option("--note", help="Why")] = "",
    session: Session = None,
    json: JSON = False,
) -> None:
    """Say yes to the newest plan of a book: to its hash, for a time, within a price band."""
    from flows.commands.answering import answer_plan

    _answer(lambda: answer_plan(book, parse_day(session), approved=True, who=who, note=note, as_json=json), json)


@app.command(epilog='Example: steelyard refuse demo --who "Ada Byron" --note "earnings tonight"')
def refuse(
    book: BookName,
    who: Annotated[str, typer.Option("--who", help="Your name, as it stands in the record")],
    note: Annotated[str, typer.Option("--note", help="Why")] = "",
    session: Session = None,
    json: JSON = False,
) -> None:
    """Say no to the newest plan of a book; holdings stand."""
    from flows.commands.answering import answer_plan

    _answer(lambda: answer_plan(book, parse_day(session), approved=False, who=who, note=note, as_json=json), json)


@app.command(epilog="Example: steelyard breaks demo")
def breaks(book: BookName, json: JSON = False) -> None:
    """Where our ledger and the broker's differ; a symbol with an open break is locked."""
    from flows.commands.answering import show_breaks

    _answer(lambda: show_breaks(book, as_json=json), json)


@app.command(epilog='Example: steelyard explain demo BREAK --who "Ada Byron" --because "spin-off, booked by hand"')
def explain(
    book: BookName,
    break_id: Annotated[str, typer.Argument(help="Id of the break, as `steelyard breaks` prints it")],
    who: Annotated[str, typer.Option("--who", help="Your name")],
    because: Annotated[str, typer.Option("--because", help="What happened")],
    book_it: Annotated[
        bool, typer.Option("--book-it", help="Also book the difference, so that the ledger agrees")
    ] = False,
    json: JSON = False,
) -> None:
    """Explain a break, which unlocks its symbol."""
    from flows.commands.answering import explain_break

    _answer(lambda: explain_break(book, break_id, who, because, book_it=book_it, as_json=json), json)


@app.command(epilog="Example: steelyard doctor")
def doctor(json: JSON = False) -> None:
    """Versions, database, Prefect, broker, calendar, clock and disk: one line each, with the remedy."""
    from flows.commands.doctor import examine

    _answer(lambda: examine(as_json=json), json)


@app.command(epilog="Example: steelyard init books/mine.yaml")
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it")] = Path("books/mine.yaml"), json: JSON = False
) -> None:
    """Write a commented book file with every setting and its default."""
    from flows.commands.looking import write_template

    _answer(lambda: write_template(path, as_json=json), json)


@app.command(epilog="Example: steelyard ui")
def ui(port: Annotated[int, typer.Option("--port", help="Port of the Prefect server")] = 4200) -> None:
    """Start a Prefect server with its UI and serve the deployments of prefect.yaml, until interrupted."""
    from flows.commands.serving import serve_ui

    _answer(lambda: serve_ui(port), False)


def _answer(work: Callable[[], dict[str, Any]], as_json: bool) -> None:
    """Run a command's work; in JSON, its answer or its error is the one object on stdout."""
    from flows.commands.answers import told

    raise typer.Exit(told(work, as_json=as_json))


def main() -> None:
    """Run the command; with --json, wrong use too is answered by one object on stdout."""
    as_json = "--json" in sys.argv
    try:
        sys.exit(app(prog_name="steelyard", standalone_mode=not as_json))
    except TyperException as wrong:
        print(dumps({"status": "stopped", "error": "UsageError", "message": str(wrong)}))
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
