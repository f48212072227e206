"""Commands of whoever looks after the installation."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JSON, answer, port_number, verbs

app = verbs()


@app.command(epilog="Example: steelyard init books/mine.yaml")
def init(
    path: Annotated[Path, typer.Argument(help="Where to write it")] = Path("books/mine.yaml"), json: JSON = False
) -> None:
    """Write a commented book file with every setting and its default."""
    from flows.commands.inspect import write_template

    answer(lambda: write_template(path, as_json=json), json)


Port = Annotated[int, typer.Option("--port", parser=port_number, metavar="PORT", help="Port of the Prefect server")]

ReportsPort = Annotated[
    int | None,
    typer.Option(
        "--reports-port", min=1, max=65535, help="Port of the reports; else STEELYARD_REPORTS_PORT or the next one"
    ),
]


RunsAtOnce = Annotated[
    int | None,
    typer.Option(
        "--runs-at-once",
        min=1,
        help="How many runs are at work at once, the others wait; else STEELYARD_RUNS_AT_ONCE, or one more than cores "
        "and one for each deployed book at a real broker",
    ),
]


Worker = Annotated[
    bool,
    typer.Option(
        "--worker/--no-worker",
        help="Whether runs are worked on this machine; without, workers of other machines take them",
    ),
]


@app.command(epilog="Example: steelyard up")
def up(
    port: Port = 4200,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay in this terminal until interrupted, as `steelyard ui` does")
    ] = False,
    reports_port: ReportsPort = None,
    runs_at_once: RunsAtOnce = None,
    worker: Worker = True,
    json: JSON = False,
) -> None:
    """Start Prefect's server with its UI, a worker and the deployments of prefect.yaml, in the background.

    The reports are served beside it. Addresses that shall be reached from other machines are named by
    PREFECT_SERVER_API_HOST and STEELYARD_REPORTS_HOST.
    """
    from flows.commands.up import open_desk

    answer(
        lambda: open_desk(
            port,
            foreground=foreground,
            as_json=json,
            reports_port=reports_port,
            runs_at_once=runs_at_once,
            worker=worker,
        ),
        json,
    )


@app.command(epilog="Example: steelyard down")
def down(
    now: Annotated[bool, typer.Option("--now", help="Do not wait for runs at work: end them")] = False,
    json: JSON = False,
) -> None:
    """End what `steelyard up` started in this home, once the runs at work are over."""
    from flows.commands.down import close_desk

    answer(lambda: close_desk(now=now, as_json=json), json)


@app.command(epilog="Example: steelyard ui")
def ui(port: Port = 4200, reports_port: ReportsPort = None) -> None:
    """Start a Prefect server with its UI and serve the deployments of prefect.yaml, until interrupted."""
    from flows.commands.ui import serve_ui

    answer(lambda: serve_ui(port, reports_port), False)
