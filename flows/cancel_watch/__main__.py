"""`python -m flows.cancel_watch URL RUN`: started by the run itself, which holds the other end of standard input."""

import os
import select
import sys
import time
from contextlib import suppress

from flows.cancel_watch.server import PrefectServer
from flows.cancel_watch.watch import Parent, Watch
from flows.prefect_rest import headers_from

DONE = b"done"


def look_at_parent(seconds: float) -> Parent:
    """Wait until the pipe says something, so many seconds at most; a closed one says that nobody holds it any more."""
    if sys.stdin.closed:
        time.sleep(seconds)
        return Parent.GONE
    if not select.select([sys.stdin], [], [], seconds)[0]:
        return Parent.LIVES
    if os.read(sys.stdin.fileno(), len(DONE)) == DONE:
        return Parent.DONE
    sys.stdin.close()
    return Parent.GONE


def take_off(run: str, name: str) -> str:
    """Imported only now: until somebody presses Cancel a watch is nothing but a few small modules."""
    from flows.cancelled_session import cancel_session, session_of
    from tasks.execution.cancel_session import SOMEBODY

    cycle = session_of(run)
    return "" if cycle is None else cancel_session(cycle, SOMEBODY, f"Prefect run {name} was cancelled")


def is_at_work(run: str) -> bool:
    """A journal that does not answer says nothing: then the watch goes on."""
    from flows.cancelled_session import has_orders_at_work

    with suppress(Exception):
        return has_orders_at_work(run)
    return True


def main() -> None:
    url, run = sys.argv[1:3]
    server = PrefectServer(url, run, headers_from(os.environ))
    Watch(server, look_at_parent, lambda name: take_off(run, name), lambda: is_at_work(run)).keep()


if __name__ == "__main__":
    main()
