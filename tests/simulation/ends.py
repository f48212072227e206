"""How the lives of a world end: each kind under the words in which the tally counts it."""

from tasks.errors import BrokerError, LeaseError, NoAccessError
from tests.simulation.points import Killed

NO_ANSWER = "life ended at a question without an answer"
_KINDS: tuple[tuple[type[BaseException], str], ...] = (
    (Killed, "life ended by a kill"),
    (LeaseError, "life ended by another that has the book"),
    (NoAccessError, "life ended by another that has the client id"),
    (BrokerError, NO_ANSWER),
)


def end_of(error: BaseException | None) -> str:
    """The first kind that fits; everything else was a stop on purpose, or is a violation that tells itself."""
    if error is None:
        return "life ended with its work done"
    return next((words for kind, words in _KINDS if isinstance(error, kind)), "life ended by a stop on purpose")
