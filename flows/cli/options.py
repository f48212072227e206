"""What several commands share: their options, and how each ends."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tasks.errors import ConfigError

MOST_PORT = 65535
AskedSession = Annotated[
    str | None,
    typer.Option("--session", help="Trading date, e.g. 2022-12-28, or `next`: the one after the last finished session"),
]
Session = Annotated[str | None, typer.Option("--session", help="Trading date, e.g. 2022-12-28; default: the newest")]
JSON = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout")]

BookFile = Annotated[Path, typer.Argument(help="The book file, e.g. books/demo.yaml")]
BookName = Annotated[str, typer.Argument(help="A book file or the name of a book")]
AnyBook = Annotated[str | None, typer.Argument(help="A book file or name; empty with --all")]
EveryBook = Annotated[bool, typer.Option("--all", help="Every book")]
ModeName = Annotated[
    str | None, typer.Option("--mode", help="research, manual, semi_auto or full_auto; default: the book's")
]
Liquidation = Annotated[bool, typer.Option("--liquidation", help="The session's liquidation, not its rebalance")]


def kind_of(liquidation: bool) -> str:
    return "liquidation" if liquidation else "rebalance"


def parse_day(text: str | None, option: str = "--session") -> date | None:
    """A date as YYYY-MM-DD. Raises: ConfigError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{option} {text} is not a date; write it as YYYY-MM-DD, e.g. 2022-12-28") from error


def parse_asked(text: str | None) -> date | Literal["next"] | None:
    """A date as YYYY-MM-DD, or `next`. Raises: ConfigError for anything else."""
    if text == "next":
        return "next"
    try:
        return parse_day(text)
    except ConfigError as error:
        raise ConfigError(f"{error}, or as `next`: the session after the last finished one") from error


def free_port(text: str | int) -> int:
    """A port to listen at, or 0 for any free one. Raises: typer.BadParameter with the value."""
    return _port(text, 0, "; 0 takes any that is free")


def port_number(text: str | int) -> int:
    """A port to listen at, which others have to know. Raises: typer.BadParameter with the value."""
    return _port(text, 1, ", e.g. 4300")


def _port(text: str | int, least: int, remedy: str) -> int:
    words = str(text).strip()
    if not words.isascii() or not words.isdigit() or not least <= int(words) <= MOST_PORT:
        raise typer.BadParameter(f"{words} is no port: write a whole number from {least} to {MOST_PORT}{remedy}")
    return int(words)


def usd(text: str | float) -> Decimal:
    """An amount of money. Raises: typer.BadParameter with the value."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise typer.BadParameter(f"{text} is no amount in USD: write a plain number with a point, e.g. 1250.50")
    return amount


def verbs() -> typer.Typer:
    """A group of commands without a name of its own."""
    return typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def answer(work: Callable[[], dict[str, Any]], as_json: bool) -> None:
    """Run a command's work; in JSON, its answer or its error is the one object on stdout."""
    from flows.commands.output import run_command

    raise typer.Exit(run_command(work, as_json=as_json))
