"""The `steelyard` command: every verb an operator needs, each with --json for programs.

Exit status: 0 it is done; 1 a business stop, or ended from outside (the message says what to do); 2 wrong use.
"""

import sys
from importlib.metadata import version
from io import TextIOWrapper
from json import dumps
from typing import Annotated

import typer
from typer.exceptions import TyperException

from flows.cli import answer, audit, brokers, costs, inspect, install, outside, review, trade
from flows.garbage import look_less_often
from flows.signals import end_as_by_ctrl_c
from tasks.errors import SteelyardError

WRONG_USE = 2

app = typer.Typer(
    name="steelyard",
    help="Keeps a portfolio at its target weights, every trading day, and can prove what it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (trade, inspect, answer, review, costs, outside, brokers, install):
    app.add_typer(group.app)
app.add_typer(
    audit.app,
    name="audit",
    help="Prove that the record is as it was written, and trace any number to the data behind it.",
    epilog="Example: steelyard audit verify",
)


def _print_version(asked: bool) -> None:
    """One line, and nothing else is done."""
    if asked:
        typer.echo(f"steelyard {version('steelyard')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Keeps a portfolio at its target weights, every trading day, and can prove what it did."""


def main() -> None:
    """Run the command; with --json, wrong use too is answered by one object on stdout."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(line_buffering=True)  # a file or pipe has each sentence when it is said
    look_less_often()
    end_as_by_ctrl_c()
    as_json = "--json" in sys.argv
    try:
        sys.exit(app(prog_name="steelyard", standalone_mode=not as_json))
    except TyperException as wrong:
        print(dumps({"status": "stopped", "error": "UsageError", "message": str(wrong)}))
        sys.exit(WRONG_USE)
    except SteelyardError as wrong:  # in an option, before the command's own work began
        from flows.commands.output import stopped

        sys.exit(stopped(wrong, as_json=as_json))


if __name__ == "__main__":
    main()
