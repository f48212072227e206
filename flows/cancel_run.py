"""What Cancel in the Prefect UI does to a run that has orders at the broker: they are cancelled, and it is said."""

from typing import Any

from prefect.logging.loggers import flow_run_logger

from flows.cancelled_session import cancel_session, session_of
from tasks.execution.cancel_session import SOMEBODY


def cancel_orders(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001 - as Prefect calls it
    """Prefect's hook of a cancelled run: called in another process, once the run's own is gone.

    The word is on record first: whatever happens to this process, nobody sends the rest of that plan.
    """
    log = flow_run_logger(flow_run, flow)
    cycle = session_of(str(flow_run.id))
    if cycle is None:
        log.warning("cancelled by %s before it had taken up a session: nothing was sent", SOMEBODY)
        return
    log.warning("%s", cancel_session(cycle, SOMEBODY, f"Prefect run {flow_run.name} was cancelled"))
