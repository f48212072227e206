"""What a server has of the deployments of a file: whether it is still the same, and what a person switched on there."""

import hashlib
import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import VariableCreate, VariableUpdate

import flows

if TYPE_CHECKING:
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.client.schemas.responses import DeploymentResponse

VARIABLE = "steelyard_deployed"
"""Of Prefect, where the deployments are: it is gone when they are."""


def fingerprint(file: Path, folder: Path) -> str:
    """Of what would be deployed: the file, the folder that its flows and books are taken from, and the program.

    A deployment has the form of its flow's parameters; whichever module says what they are is one of the flows.
    """
    found = hashlib.sha256(f"{importlib.metadata.version('prefect')}\n{folder}\n".encode())
    for each in (file, *sorted(Path(flows.__file__ or "").parent.rglob("*.py"))):
        found.update(each.read_bytes())
    return found.hexdigest()


def is_deployed(client: SyncPrefectClient, wanted: str) -> bool:
    """Whether it is what was deployed last: deploying again would undo what a person has changed in the UI since."""
    known = client.read_variable_by_name(VARIABLE)
    return known is not None and known.value == wanted


def note_deployed(client: SyncPrefectClient, wanted: str) -> None:
    if client.read_variable_by_name(VARIABLE) is None:
        client.create_variable(VariableCreate(name=VARIABLE, value=wanted))
    else:
        client.update_variable(VariableUpdate(name=VARIABLE, value=wanted))


@contextmanager
def switches_kept(client: SyncPrefectClient) -> Iterator[None]:
    """A schedule that is on stays on, also where the file that is deployed meanwhile says that it begins switched off.

    Of one that was on and is not there any more, because the file has another time, a line is printed.
    """
    before = {one.id: one for one in client.read_deployments()}
    yield
    for now in client.read_deployments():
        if now.id in before:
            for schedule in before[now.id].schedules:
                _keep(client, schedule, now)


def _keep(client: SyncPrefectClient, was: "DeploymentSchedule", now: "DeploymentResponse") -> None:
    same = [one for one in now.schedules if one.schedule == was.schedule]
    for one in same:
        if one.active != was.active:
            client.update_deployment_schedule(now.id, one.id, active=was.active)
    if was.active and not same:
        print(
            f"{now.name}: the schedule that was on is not in the file any more ({was.schedule}); switch on the new one"
        )
