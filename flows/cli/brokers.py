"""Commands about brokers: is one in order, does it do what it says, and a local one to try a book at."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JSON, Session, answer, free_port, parse_day, verbs

app = verbs()


Account = Annotated[str | None, typer.Option("--account", help="Its account; default: the book's")]
OfBook = Annotated[Path | None, typer.Option("--book", help="The book whose settings of this broker are used")]


@app.command(epilog="Example: steelyard doctor alpaca --book books/alpaca_paper.yaml")
def doctor(
    broker: Annotated[
        str | None, typer.Argument(help="simulated, alpaca or ibkr; empty: the installation, and no broker")
    ] = None,
    book: OfBook = None,
    account: Account = None,
    json: JSON = False,
) -> None:
    """Versions, database, Prefect, broker, calendar, clock and disk, or one broker: a line each, with the remedy.

    Of a broker: library, credentials, connection, clock skew, account, positions, open orders, market data and what
    orders it takes. Nothing is sent. Real money needs one that was passed within a week.
    """
    from flows.commands.doctor import examine

    answer(lambda: examine(broker, book, account, as_json=json), json)


@app.command(epilog="Example: steelyard validate alpaca --book books/alpaca_paper.yaml")
def validate(
    broker: Annotated[str, typer.Argument(help="simulated, alpaca or ibkr")],
    book: OfBook = None,
    account: Account = None,
    json: JSON = False,
) -> None:
    """Place, amend and cancel a small order of every kind on a paper account; shows what worked, and how fast.

    The orders are far from the market, and everything is cancelled in the end, also after Ctrl-C.
    """
    from flows.commands.doctor_broker import validate as validated

    answer(lambda: validated(broker, book, account, as_json=json), json)


@app.command(epilog="Example: steelyard venue alpaca --book books/alpaca_paper.yaml")
def venue(
    broker: Annotated[str, typer.Argument(help="alpaca or ibkr")],
    book: Annotated[Path, typer.Option("--book", help="Whose prices, account and opening positions it has")] = Path(
        "books/demo.yaml"
    ),
    port: Annotated[
        int, typer.Option("--port", parser=free_port, metavar="PORT", help="Where it listens; 0: any free port")
    ] = 0,
    session: Session = None,
    json: JSON = False,
) -> None:
    """A local paper broker to try a book at with the real client library and no account, until interrupted."""
    from flows.commands.sandbox import serve_venue

    answer(lambda: serve_venue(broker, book, port, parse_day(session), as_json=json), json)
