"""The three questions of a watch to Prefect's server, by its REST interface: a watch is too small to import Prefect."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flows.prefect_rest import call


@dataclass(frozen=True, slots=True)
class RunState:
    """What Prefect says of a run."""

    type: str
    """RUNNING, PAUSED, CANCELLING, CANCELLED, FAILED ...; empty where the server does not answer."""
    name: str = ""
    """Of the run."""


@dataclass(frozen=True, slots=True)
class PrefectServer:
    url: str
    """With /api at its end."""
    run: str
    headers: Mapping[str, str]

    def state(self) -> RunState:
        """Never raises: a server that does not answer is asked again."""
        told = call(self.url, f"/flow_runs/{self.run}", headers=self.headers)
        if not isinstance(told, dict) or not told.get("state"):
            return RunState("")
        return RunState(told["state"]["type"], told["name"])

    def cancelled(self, sentence: str) -> None:
        """Say what became of the orders where a person looks first: in the message of the run's state."""
        state = {"type": "CANCELLED", "name": "Cancelled", "message": sentence}
        call(self.url, f"/flow_runs/{self.run}/set_state", {"state": state}, headers=self.headers)

    def log(self, sentence: str) -> None:
        """A warning in the run's own log."""
        at = datetime.now(UTC).isoformat()
        line = {"name": "steelyard", "level": 30, "message": sentence, "timestamp": at, "flow_run_id": self.run}
        call(self.url, "/logs/", [line], headers=self.headers)
