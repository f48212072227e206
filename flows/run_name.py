"""What a flow run is called in the Prefect UI: its book and its session."""

from pathlib import Path

from prefect.runtime import flow_run

AGAIN = " again from "
"""In the name of a run that does steps of a session again: whose word it was stays in sight."""


def run_name() -> str:
    """E.g. `demo 2022-12-28`; without a session, the newest is meant."""
    return _named_or("newest session")


def run_name_today() -> str:
    """The same of what asks for the day, where no session is named."""
    return _named_or("today")


def _named_or(words: str) -> str:
    given = flow_run.parameters
    return f"{Path(given['book']).stem} {given.get('session') or words}"
