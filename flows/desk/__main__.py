"""`python -m flows.desk PORT`: the supervisor in the background, as `steelyard up` starts it."""

import sys

from flows.desk import log
from flows.desk.preflight import ready
from flows.desk.supervisor import Supervisor
from flows.home import home
from flows.signals import end_as_by_ctrl_c
from tasks.errors import SteelyardError


def main() -> int:
    """Whoever waits for it reads what it says of itself in the home; nobody reads what it prints."""
    end_as_by_ctrl_c()
    port = int(sys.argv[1])
    try:
        Supervisor(ready(home(), port), _said_in_the_log, quiet=True).keep()
    except SteelyardError as stop:
        log.event_log(home()).info("%s", stop)
        return 1
    except Exception:
        log.event_log(home()).exception("the supervisor fell")
        raise
    return 0


def _said_in_the_log(_sentence: str) -> None:
    return


if __name__ == "__main__":
    sys.exit(main())
