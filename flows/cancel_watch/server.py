"""The three questions of a watch to Prefect's server, by its REST interface: a watch is too small to import Prefect."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

KEY, AUTH_STRING = "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING"
ANSWERS_WITHIN_S = 10


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
        told = self._call(f"/flow_runs/{self.run}")
        if not isinstance(told, dict) or not told.get("state"):
            return RunState("")
        return RunState(told["state"]["type"], told["name"])

    def cancelled(self, sentence: str) -> None:
        """Say what became of the orders where a person looks first: in the message of the run's state."""
        state = {"type": "CANCELLED", "name": "Cancelled", "message": sentence}
        self._call(f"/flow_runs/{self.run}/set_state", {"state": state})

    def log(self, sentence: str) -> None:
        """A warning in the run's own log."""
        at = datetime.now(UTC).isoformat()
        line = {"name": "steelyard", "level": 30, "message": sentence, "timestamp": at, "flow_run_id": self.run}
        self._call("/logs/", [line])

    def _call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **self.headers}
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as reply:
                text = reply.read()
            return json.loads(text) if text else None
        except (urllib.error.URLError, OSError, ValueError):
            return None


def headers_from(environment: Mapping[str, str]) -> dict[str, str]:
    """How a server that wants to know who asks is told."""
    if key := environment.get(KEY):
        return {"Authorization": f"Bearer {key}"}
    if words := environment.get(AUTH_STRING):
        return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}
    return {}
