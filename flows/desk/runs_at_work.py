"""Which runs are at work at a server, for a person who is about to end it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flows.prefect_rest import call

AT_WORK = ["RUNNING", "PENDING", "CANCELLING"]
MOST = 200


@dataclass(frozen=True, slots=True)
class RunAtWork:
    name: str
    """As the UI shows it."""
    state: str
    since: str
    """ISO; empty for one that has not begun."""

    @property
    def sentence(self) -> str:
        began = f" since {self.since[:16].replace('T', ' ')} UTC" if self.since else ""
        return f"{self.name} is {self.state.lower()}{began}"


def runs_at_work(url: str, headers: Mapping[str, str]) -> list[RunAtWork] | None:
    """Of workers and of command lines, on whichever machine; None where the server does not answer."""
    asked = {"flow_runs": {"state": {"type": {"any_": AT_WORK}}}, "limit": MOST, "sort": "START_TIME_ASC"}
    told = call(url, "/flow_runs/filter", asked, headers=headers)
    if not isinstance(told, list):
        return None
    return [RunAtWork(run["name"], run["state"]["name"], run.get("start_time") or "") for run in told]
