"""Commands for those outside: the form of a report, and a session's record as a file that they can check."""

from enum import StrEnum
from typing import Annotated

import typer

from flows.cli.options import verbs

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
