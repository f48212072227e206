"""The look at a server's log that every test with a server ends with: it can fail."""

import pytest

from tests.flows.conftest import errors_in

OF_THE_SCHEDULER = """\
17:00:01.123 | INFO    | prefect.server.services.scheduler - Scheduling
17:01:01.456 | ERROR   | prefect.server.services.scheduler - Unexpected error
Traceback (most recent call last):
sqlalchemy.exc.InvalidRequestError: Can't evaluate bulk DML statement
"""
BARE = "Traceback (most recent call last):\nOSError: address already in use\n"
OF_A_RUN = """\
17:00:01.123 | ERROR   | Flow run 'small 2022-12-28' - Encountered exception during execution
Traceback (most recent call last):
tasks.errors.HaltedError: halted by Ada Byron
17:00:02.000 | WARNING | prefect.runner - a word
"""
STOPPED_INSIDE_OF_PREFECT = """\
17:00:01.123 | ERROR   | prefect.engine - Crash detected! Execution was aborted by a termination signal.
17:00:01.456 | ERROR   | prefect.engine - Execution of flow run 'a2a16d0c' exited with unexpected exception
Traceback (most recent call last):
ValueError: Task run is not set
"""
BUSY_DATABASE = """\
17:00:01.123 | ERROR   | prefect.server - Encountered error during state validation
Traceback (most recent call last):
sqlite3.OperationalError: database is locked
17:00:01.200 | INFO    | prefect.server - a word
"""
RESET = "17:00:01.123 | ERROR   | sqlalchemy.pool.impl.AsyncAdaptedQueuePool - Exception during reset or similar\n"
A_REQUEST_LET_GO = RESET + "Traceback (most recent call last):\nasyncio.exceptions.CancelledError\n\n"
A_CONNECTION_LOST = RESET + "Traceback (most recent call last):\nsqlite3.OperationalError: disk I/O error\n"


@pytest.mark.parametrize(
    ("log", "count"),
    [
        (OF_THE_SCHEDULER, 1),
        (BARE, 1),
        (OF_A_RUN, 0),
        (STOPPED_INSIDE_OF_PREFECT, 0),
        ("", 0),
        (BUSY_DATABASE, 0),
        (A_REQUEST_LET_GO, 0),
        (A_CONNECTION_LOST, 1),
        (BUSY_DATABASE + OF_THE_SCHEDULER + OF_A_RUN + BARE, 2),
    ],
)
def test_an_error_of_the_server_is_found_and_what_lost_nothing_is_none(log: str, count: int) -> None:
    assert len(errors_in(log)) == count
