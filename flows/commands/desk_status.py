"""What `status` and `up` say of this home's desk: since when, where, and what its supervisor started again."""

from typing import Any

from flows.desk.state import DeskState, Stage, standing
from flows.home import home


def desk_status() -> DeskState | None:
    """None where no desk is up."""
    return standing(home())


def summary_of(state: DeskState) -> str:
    if state.stage is Stage.UP:
        runs = f", {state.runs_at_once} runs at once" if state.runs_at_once else ""
        return f"up since {state.began}, {state.url}, reports at {state.reports_url}{runs}"
    return f"{state.stage}, begun {state.began}, {state.url}"


def as_plain(state: DeskState, status: str = "") -> dict[str, Any]:
    """For programs; `events` the newest last."""
    return {
        "status": status or state.stage.value,
        "url": state.url,
        "port": state.port,
        "reports_url": state.reports_url,
        "runs_at_once": state.runs_at_once,
        "since": state.since,
        "pid": state.pid,
        "events": list(state.events),
    }
