"""Commands that only look at the record."""

from typing import Annotated

import typer

from flows.cli.options import JSON, AnyBook, BookName, Liquidation, Session, answer, kind_of, parse_day, verbs

app = verbs()


@app.command(epilog="Example: steelyard status demo")
def status(
    book: Annotated[str | None, typer.Argument(help="A book file or name; empty: all")] = None, json: JSON = False
) -> None:
    """Positions, cash, profit and loss, exposure and drawdown, derived from the fills."""
    from flows.commands.inspect import show_status

    answer(lambda: show_status(book, as_json=json), json)


@app.command(epilog="Example: steelyard orders demo --session 2022-11-29 --summary")
def orders(
    book: BookName,
    session: Session = None,
    liquidation: Liquidation = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="What became of all of them, and what wants a look")
    ] = False,
    json: JSON = False,
) -> None:
    """The orders of a session, their slices and fills."""
    from flows.commands.inspect import show_orders, show_summary

    kind = kind_of(liquidation)
    if summary:
        answer(lambda: show_summary(book, parse_day(session), as_json=json, kind=kind), json)
    answer(lambda: show_orders(book, parse_day(session), as_json=json, kind=kind), json)


@app.command(epilog="Example: steelyard metrics --port 9464")
def metrics(
    port: Annotated[int, typer.Option("--port", help="On this machine alone; 0 takes a free one")] = 9464,
    json: JSON = False,
) -> None:
    """Serve metrics for Prometheus, read from the record whenever they are asked for."""
    from flows.commands.metrics import serve_metrics

    answer(lambda: serve_metrics(port, as_json=json), json)


@app.command(epilog="Example: steelyard report demo --session 2022-11-29")
def report(book: BookName, session: Session = None, liquidation: Liquidation = False, json: JSON = False) -> None:
    """Where the TCA report of a session is, and its main figures."""
    from flows.commands.inspect import show_report

    kind = kind_of(liquidation)
    answer(lambda: show_report(book, parse_day(session), as_json=json, kind=kind), json)


@app.command(epilog="Example: steelyard sessions demo")
def sessions(book: BookName, json: JSON = False) -> None:
    """All sessions of a book, newest first."""
    from flows.commands.inspect import show_sessions

    answer(lambda: show_sessions(book, as_json=json), json)


@app.command(epilog="Example: steelyard halts demo")
def halts(book: AnyBook = None, json: JSON = False) -> None:
    """What may be sent now, by whose word, and every change so far with what the breakers measured."""
    from flows.commands.halt import show_halts

    answer(lambda: show_halts(book, as_json=json), json)


@app.command(epilog="Example: steelyard breaks demo")
def breaks(book: BookName, json: JSON = False) -> None:
    """Where our ledger and the broker's differ; a symbol with an open break is locked."""
    from flows.commands.approve import show_breaks

    answer(lambda: show_breaks(book, as_json=json), json)


@app.command("write-offs", epilog="Example: steelyard write-offs demo")
def write_offs(book: BookName, json: JSON = False) -> None:
    """Positions that somebody wrote off, and every word so far: who, when, at which price and why."""
    from flows.commands.write_off import show_write_offs

    answer(lambda: show_write_offs(book, as_json=json), json)


@app.command(epilog="Example: steelyard unknown demo")
def unknown(book: BookName, json: JSON = False) -> None:
    """Orders whose fate the broker does not tell: each is a ticket until a person has answered it."""
    from flows.commands.unknown import show_unknown

    answer(lambda: show_unknown(book, as_json=json), json)
