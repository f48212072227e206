"""Keeps a lease alive while its process waits or computes: a thread that renews it."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from tasks.errors import JournalError, LeaseLostError
from tasks.journal.leases import TTL, Fence


@contextmanager
def beating(fence: Fence, every_s: float = TTL.total_seconds() / 3) -> Generator[None]:
    """Renew until the block ends. A lost lease is not told here: the next write of the process is refused."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(fence, over, every_s), name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(fence: Fence, over: threading.Event, every_s: float) -> None:
    while not over.wait(every_s):
        try:
            fence.renew()
        except LeaseLostError:
            return
        except (SQLAlchemyError, JournalError):
            continue  # the database is away or busy: the lease lasts for two more beats
