"""What Prefect's automations can listen to: events about the outside world; the only place that imports them."""

from collections.abc import Mapping
from typing import Any

from tasks.model.plan import Severity

SEVERITY_LABEL = "steelyard.severity"
BOOK_LABEL, SESSION_LABEL = "steelyard.book", "steelyard.session"
"""Labels of the event's resource: what an automation can match on."""
WORDS = {Severity.INFO: "informational", Severity.WARN: "warning", Severity.HALT: "critical"}
"""Of the label of severity, the mildest first."""


def emit(event: str, resource_id: str, severity: Severity, payload: Mapping[str, Any]) -> bool:
    """Hand one event to Prefect's background queue and return whether it took it.

    Outside a run there is nobody to show it to: asking would start a server of its own. Telling is worth no order: it
    never raises, and never waits for a server.
    """
    from prefect.context import FlowRunContext

    if FlowRunContext.get() is None:
        return False
    try:
        from prefect.events import emit_event

        resource = {"prefect.resource.id": resource_id, SEVERITY_LABEL: WORDS[severity]}
        return emit_event(event=event, resource=resource, payload=dict(payload)) is not None
    except Exception:  # noqa: BLE001 - it is not our code: whatever it raises, the run goes on
        return False
