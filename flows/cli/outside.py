"""Commands for those outside: their own orders measured, the form of a report, and a record that they can check."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JSON, BookName, Liquidation, Session, answer, kind_of, parse_day, verbs

app = verbs()


class Form(StrEnum):
    """What has a published form."""

    TCA = "tca"


@app.command(epilog="Example: steelyard schema tca > tca-1.json")
def schema(what: Annotated[Form, typer.Argument(help="tca: the report.json of a session")]) -> None:
    """Print the JSON Schema that a report keeps to, for programs that read it."""
    from tasks.tca.schema import published_schema

    del what  # there is one
    typer.echo(published_schema(), nl=False)


@app.command(
    epilog="Example: steelyard tca desk/fills.csv --orders desk/orders.csv --prices desk/bars.parquet --zone UTC"
)
def tca(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Executions, CSV or Parquet")],
    orders: Annotated[list[Path], typer.Option("--orders", help="Parent orders; may be given several times")],
    prices: Annotated[
        list[Path] | None, typer.Option("--prices", help="Bars or daily prices; may be given several times")
    ] = None,
    columns: Annotated[
        Path | None, typer.Option("--columns", help="YAML that says which column is which, the zone, sides, units")
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", help="Of times that say none of their own, e.g. America/New_York or UTC")
    ] = None,
    out: Annotated[str, typer.Option("--out", metavar="PATH", help="Folder of the report")] = "tca-report",
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing where a row would be left out")] = False,
    json: JSON = False,
) -> None:
    """Measure orders and executions of any desk as our own sessions are measured, and report them."""
    from flows.commands.tca import analyse_files, folder_of

    answer(
        lambda: analyse_files(files, orders, prices or [], columns, zone, folder_of(out), strict=strict, as_json=json),
        json,
    )


@app.command(epilog="Example: steelyard export demo --session 2022-11-29 --out demo.zip")
def export(
    book: BookName,
    session: Session = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="The zip file to write; default: BOOK-SESSION.zip in this folder")
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print the report as PDF beside it too; needs a Chromium on this machine")
    ] = False,
    liquidation: Liquidation = False,
    json: JSON = False,
) -> None:
    """Write a session's report, its review and the rows they rest on as one file that an outsider can check."""
    from flows.commands.export import write_export

    day, kind = parse_day(session), kind_of(liquidation)
    answer(lambda: write_export(book, day, out, pdf=pdf, as_json=json, kind=kind), json)
