"""Commands of whoever looks after the installation."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JSON, answer, verbs

app = verbs()


@app.command(epilog="Example: steelyard init books/mine.yaml")
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it")] = Path("books/mine.yaml"), json: JSON = False
) -> None:
    """Write a commented book file with every setting and its default."""
    from flows.commands.inspect import write_template

    answer(lambda: write_template(path, as_json=json), json)


@app.command(epilog="Example: steelyard ui")
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of the Prefect server")] = 4200,
) -> None:
    """Start a Prefect server with its UI and serve the deployments of prefect.yaml, until interrupted."""
    from flows.commands.ui import serve_ui

    answer(lambda: serve_ui(port), False)
