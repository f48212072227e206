"""What Prefect's server does by itself with runs that can say nothing any more: each gets a state that says what to do.

One without a process is Crashed, one whose question nobody answered in time is Unanswered.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes, ChangeFlowRunState
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.events.schemas.events import ResourceSpecification

from flows.desk.settings import HEARTBEAT_S

RUNS = ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"})
ANYTHING = {"prefect.flow-run.*"}
"""Also Suspended: a run that waits for a person has no process and is well."""
SAYS_NOTHING_S = 3 * HEARTBEAT_S
"""Looked at every five seconds: a process that died is noticed within a hundred seconds."""
NEVER_BEGAN_S = 600
"""A busy machine takes a minute to begin a run; a worker that is gone never does."""
LOOKED_FOR = "steelyard.flow-run.looked-for"
"""A run was at work when the desk came up: from now on it has to say something."""
MADE_ANEW = "Made anew by every `steelyard up`."
REMEDY = "Press Retry: it goes on where it was, and no order is sent twice"


def _crashes(name: str, description: str, after: set[str], within_s: int, why: str) -> AutomationCore:
    """Marks a run Crashed of which nothing at all is heard for so long after one of these events."""
    crash: list[ActionTypes] = [
        ChangeFlowRunState(name=None, state=StateType.CRASHED, message=f"{why}. {REMEDY}", force=False)
    ]
    trigger = EventTrigger(
        match=RUNS,
        for_each={"prefect.resource.id"},
        after=after,
        expect=ANYTHING,
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=within_s),
    )
    said = f"{description}. {MADE_ANEW}"
    return AutomationCore(name=f"steelyard: {name}", description=said, trigger=trigger, actions=crash)


SILENT = _crashes(
    "a run without a process is crashed",
    f"A run says every {HEARTBEAT_S} s that it lives",
    {"prefect.flow-run.heartbeat", "prefect.flow-run.Running", "prefect.flow-run.Retrying", LOOKED_FOR},
    SAYS_NOTHING_S,
    f"its process said nothing for {SAYS_NOTHING_S} s: it was killed, or its machine is gone",
)
NEVER_BEGAN = _crashes(
    "a run that no worker began is crashed",
    "A worker took it up and was gone before it had begun",
    {"prefect.flow-run.Pending"},
    NEVER_BEGAN_S,
    f"a worker took it up and has not begun it for {NEVER_BEGAN_S // 60} minutes",
)


NEVER_RESUMED = ["The flow was paused and never resumed.", "The flow was suspended and never resumed."]
"""What Prefect's server says of a run whose question nobody answered in time."""
SILENCE = "Nobody answered in time, and silence means no: nothing was sent. Run the session again for a new plan"
UNANSWERED = AutomationCore(
    name="steelyard: a plan that nobody answered is no failure",
    description=f"Prefect marks the run Failed, as one that crashed. {MADE_ANEW}",
    trigger=EventTrigger(
        match=ResourceSpecification(
            {"prefect.resource.id": "prefect.flow-run.*", "prefect.state-message": NEVER_RESUMED}
        ),
        expect={"prefect.flow-run.Failed"},
        posture=Posture.Reactive,
        threshold=1,
        within=timedelta(0),
    ),
    actions=[ChangeFlowRunState(name="Unanswered", state=StateType.CANCELLED, message=SILENCE, force=True)],
)
ALL = (SILENT, NEVER_BEGAN, UNANSWERED)


def apply_automations(client: SyncPrefectClient) -> None:
    """Each once, and as it is here; one that a person has switched off stays off.

    Prefect forgets with the old one which runs it was waiting for: whoever applies them looks for the runs at work.
    """
    for wanted in ALL:
        known = client.read_automations_by_name(wanted.name)
        if not known:
            client.create_automation(wanted)
        for one in known[:1]:
            client.update_automation(one.id, wanted.model_copy(update={"enabled": one.enabled}))


def look_for_runs_at_work(client: SyncPrefectClient) -> None:
    """Who ended while no server was there could not say so: each run that is at work has to say something now."""
    at_work = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING])
    runs = client.read_flow_runs(flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=at_work)))
    if runs:
        client.request("POST", "/events", json=[_looked_for(str(run.id)) for run in runs]).raise_for_status()


def _looked_for(run: str) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": LOOKED_FOR,
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
