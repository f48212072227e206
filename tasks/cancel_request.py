"""Whether a person pressed Cancel in the UI for a run that no worker minds, such as one of the command line."""


def cancelled_run() -> str:
    """The name of the Prefect run this process is in, where a person has cancelled it and nobody will end it; else "".

    A run of a deployment is ended by its worker, which then calls the flow's hook. Any other one has to look itself.
    Telling is worth no order: a server that does not answer is as if nobody had said anything.
    """
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if context is None or run is None or run.deployment_id is not None:
        return ""
    client = context.client
    if not isinstance(client, SyncPrefectClient):
        return ""
    try:
        state = client.read_flow_run(run.id).state
    except Exception:  # noqa: BLE001 - it is not our code: whatever it raises, the run goes on
        return ""
    return run.name if state is not None and (state.is_cancelling() or state.is_cancelled()) else ""
