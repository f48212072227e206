"""Wakes the run that waits for an answer, as its form would have; or says why there is none to wake."""

from uuid import UUID

from flows.prefect_home import noted_server, use_running_server
from tasks.approval.single_orders import NONE
from tasks.model.plan_records import APPROVED, Approval


def why_not_woken(flow_run_id: str, said: Approval) -> str:
    """Resume the suspended run of a deployment; empty when it goes on.

    Otherwise why it does not: the answer is on record all the same, and the next run of the session finds it.
    """
    if not use_running_server():
        at = noted_server()
        return f"the server of the run that asked does not answer{f' at {at}' if at else ''}"
    return _why_not_resumed(UUID(flow_run_id), _form(said))


def _form(said: Approval) -> dict[str, str]:
    return {
        "decision": "approve" if said.decision == APPROVED else "refuse",
        "who": said.who,
        "note": said.note,
        "plan_hash": said.plan_hash,
        "single": ", ".join(sorted(said.accepted)) or NONE,
        "strike": ", ".join(sorted(said.struck)) or NONE,
    }


def _why_not_resumed(run: UUID, form: dict[str, str]) -> str:
    from httpx import HTTPError
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.responses import SetStateStatus
    from prefect.exceptions import ObjectNotFound

    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run).state
            if state is None or not state.is_paused():
                return f"the run that asked, {run}, is {state.name if state else 'in no state'} and waits no more"
            answer = client.resume_flow_run(run, run_input=form)
    except ObjectNotFound:
        return f"the server does not know the run that asked, {run}: its database was restored, or is another one"
    except HTTPError as fault:
        return f"the server did not resume the run that asked, {run}: {fault}"
    if answer.status is SetStateStatus.ACCEPT:
        return ""
    why = getattr(answer.details, "reason", "") or answer.status.value
    return f"the server did not resume the run that asked, {run}: {why}"
