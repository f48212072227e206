"""The desk's worker begins a run with one program, and leaves alone what a person has set otherwise."""

from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.workers.base import BaseWorker

from flows.desk.worker import DeskWorker, RunAtOnce


def command_of(**settings: object) -> str:
    configuration = RunAtOnce.model_validate(settings)
    configuration.prepare_for_flow_run(FlowRun(flow_id=uuid4()))
    return configuration.command or ""


def test_a_run_begins_with_its_own_program():
    assert command_of(env={"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}).endswith("-m flows.desk.run")


@pytest.mark.parametrize(
    "settings", [{"command": "nice python -m prefect.engine"}, {"env": {"STEELYARD_HOME": "/elsewhere"}}]
)
def test_a_command_of_a_person_and_a_run_of_another_home_are_left_to_prefect(settings: dict[str, object]):
    assert "flows.desk.run" not in command_of(**settings)


def test_prefect_takes_it_for_its_worker_of_processes():
    assert BaseWorker.get_worker_class_from_type("process") is DeskWorker
