"""A run that waits for a silent broker ends as soon as its worker tells it to: nobody sits out the two minutes."""

import signal
import subprocess
import sys

WAITS = """
import sys
from datetime import timedelta
from prefect.utilities.engine import capture_sigterm
from tasks.retry import with_retries, pause_at
from tasks.errors import BrokerError

class Silent:
    def now(self):
        print("asked", flush=True)
        raise BrokerError("no answer")

    def wait_until(self, at):
        return at

with capture_sigterm():
    with_retries(Silent().now, [timedelta(hours=1)], pause_at(Silent()))
"""


def test_a_run_in_its_patience_obeys_the_signal_at_once() -> None:
    """As Prefect hears it. The broker was asked once, and once for the time; the pause after that is an hour."""
    run = subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert run.stdout is not None
    assert [run.stdout.readline().strip() for _ in range(2)] == ["asked", "asked"]
    run.send_signal(signal.SIGTERM)
    assert run.wait(timeout=60) == -signal.SIGTERM
    assert run.stdout.read() == "", "nobody is asked any more"
    run.stdout.close()
