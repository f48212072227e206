"""How many runs a desk begins at once: as many as its cores can start, and the others wait their turn in the queue.

What a person starts by hand, a halt above all, is in a queue of its own and never waits.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from flows.book_file import load_book
from flows.desk.settings import BY_HAND, POOL, QUEUE, RUNS_VARIABLE, runs_asked
from flows.sessions import is_real_market
from tasks.errors import SteelyardError

BESIDE_THE_CORES = 1
"""A run waits now and then for its database: so many more than there are cores keep all of them busy."""


def runs_at_once(environment: Mapping[str, str], cores: int, books: Iterable[Path]) -> int:
    """What is asked for; else one more than there are cores, and one for each book that trades by the market's own
    clock: its run is at work all day, and does nothing for most of it.

    Raises: ConfigError for a wish that is no number.
    """
    asked = runs_asked(environment)
    return asked if asked is not None else cores + BESIDE_THE_CORES + sum(_waits(book, environment) for book in books)


def _waits(path: Path, environment: Mapping[str, str]) -> bool:
    try:
        return is_real_market(load_book(path).book, environment)
    except SteelyardError:  # whoever is told of what goes wrong is told of that, too
        return False


def apply_queues(client: SyncPrefectClient, most: int) -> None:
    """One queue for what waits its turn, one for what a person starts by hand."""
    said = f"{most} at once, the others wait as Late. Set by every `steelyard up`; {RUNS_VARIABLE} names another number"
    queue = client.read_work_queue_by_name(QUEUE, work_pool_name=POOL)
    client.update_work_queue(queue.id, concurrency_limit=most, description=said)
    try:
        client.read_work_queue_by_name(BY_HAND, work_pool_name=POOL)
    except ObjectNotFound:
        client.create_work_queue(BY_HAND, work_pool_name=POOL)
