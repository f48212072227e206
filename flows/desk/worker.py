"""`python -m flows.desk.worker NAME`: Prefect's worker, whose runs begin with one program instead of two.

Prefect's own starts a program that looks where the code of a run is, and that one the run, each with its imports: more
than a second of what a person waits for after a yes. A desk's code is in the folder where its deployments say.
"""

import runpy
import sys
import warnings
from typing import Any

from prefect.utilities.processutils import command_to_string
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker

from flows.desk.settings import POOL

OWN = "STEELYARD_"
"""What begins like this moves a run to another home or database than its worker's."""


class RunAtOnce(ProcessJobConfiguration):
    """What a person has set as the command of a pool or a deployment stands."""

    def prepare_for_flow_run(self, *given: Any, **named: Any) -> None:
        """A hook of such a run is called by the worker, with the worker's environment: not where the run's differs."""
        if self.command is None and not any(name.startswith(OWN) for name in self.env):
            self.command = command_to_string([sys.executable, "-m", "flows.desk.run"])
        super().prepare_for_flow_run(*given, **named)


with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # it takes the place of Prefect's own, which is the point

    class DeskWorker(ProcessWorker):
        """Of the same type: the pool knows no other, and a worker on another machine may be Prefect's own."""

        job_configuration = RunAtOnce


def main() -> None:
    """As `prefect worker start` does it; a name that is known is that worker again."""
    sys.argv = ["prefect", "worker", "start", "--pool", POOL, "--type", DeskWorker.type, "--name", sys.argv[1]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
