"""Commands by which reviewers answer for a report."""

from typing import Annotated

import typer

from flows.cli.options import JSON, BookName, Liquidation, Session, answer, kind_of, parse_day, verbs

app = verbs()
Who = Annotated[
    str, typer.Option("--who", help="Your name, as it stands in the record; nobody reviews what they approved")
]


@app.command(epilog="Example: steelyard exceptions demo --session 2022-11-29")
def exceptions(book: BookName, session: Session = None, liquidation: Liquidation = False, json: JSON = False) -> None:
    """What a reviewer has to look at in a session's report, and what was said of each point."""
    from flows.commands.sign_off import show_exceptions

    day, kind = parse_day(session), kind_of(liquidation)
    answer(lambda: show_exceptions(book, day, as_json=json, kind=kind), json)


@app.command(epilog='Example: steelyard dispose demo KEY --as explained --who "Ada Byron" --because "a late print"')
def dispose(
    book: BookName,
    point: Annotated[str, typer.Argument(help="Key of the point, as `steelyard exceptions` prints it")],
    what: Annotated[
        str,
        typer.Option(
            "--as",
            help="explained: nothing is wrong; corrected: a later entry mends it; accepted: it stands as an exception; "
            "escalated: somebody above has to say",
        ),
    ],
    who: Who,
    because: Annotated[str, typer.Option("--because", help="What it came to, and how you know")],
    session: Session = None,
    liquidation: Liquidation = False,
    json: JSON = False,
) -> None:
    """Say what one point of a report came to; the last word on a point counts, all of them stay on record."""
    from flows.commands.sign_off import dispose_point

    day, kind = parse_day(session), kind_of(liquidation)
    answer(lambda: dispose_point(book, day, point, what, who, because, as_json=json, kind=kind), json)


@app.command(epilog="Example: steelyard restatements demo --all")
def restatements(
    book: BookName,
    session: Session = None,
    every: Annotated[bool, typer.Option("--all", help="Every session of the book that came to a decision")] = False,
    json: JSON = False,
) -> None:
    """Compare the prices that decisions rest on with what their source says today, and decide again where they differ.

    What differs becomes an exception of the session's review. Exit status 1 where something does.
    """
    from flows.commands.restatements import watch_restatements

    day = parse_day(session)
    answer(lambda: watch_restatements(book, day, every=every, as_json=json), json)


@app.command(epilog='Example: steelyard sign demo --as accepted --who "Ada Byron" --because "looked through"')
def sign(
    book: BookName,
    what: Annotated[str, typer.Option("--as", help="accepted, accepted-with-exceptions, or escalated: not signed yet")],
    who: Who,
    because: Annotated[str, typer.Option("--because", help="Comment, or where the minutes are")],
    session: Session = None,
    liquidation: Liquidation = False,
    json: JSON = False,
) -> None:
    """Put your name under a session's report; it then stays as it is, and what is corrected is a new version."""
    from flows.commands.sign_off import sign_report

    day, kind = parse_day(session), kind_of(liquidation)
    answer(lambda: sign_report(book, day, what, who, because, as_json=json, kind=kind), json)
