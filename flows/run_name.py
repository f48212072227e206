"""What a flow run is called in the Prefect UI: its book and its session."""

from pathlib import Path

from prefect.runtime import flow_run


def run_name() -> str:
    """E.g. `demo 2022-12-28`; without a session, the newest is meant."""
    given = flow_run.parameters
    return f"{Path(given['book']).stem} {given.get('session') or 'newest session'}"
