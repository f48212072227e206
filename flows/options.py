"""Options that several commands share."""

from datetime import date
from typing import Annotated

import typer

from tasks.errors import ConfigError

Session = Annotated[str | None, typer.Option("--session", help="Trading date, e.g. 2022-12-28; default: the newest")]
JSON = Annotated[bool, typer.Option("--json", help="Print exactly one JSON object on stdout")]


def parse_day(text: str | None) -> date | None:
    """A date as YYYY-MM-DD. Raises: ConfigError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--session {text} is not a date; write it as YYYY-MM-DD, e.g. 2022-12-28") from error
