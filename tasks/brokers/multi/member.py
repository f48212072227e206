"""One broker of several: asked in its own words, and its last complete answer kept for when it is silent."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Generic, TypeVar

from tasks.errors import BrokerError
from tasks.model.broker_tags import prefixed
from tasks.model.capabilities import StatementLine
from tasks.model.orders import BrokerOrder, Execution
from tasks.ports.broker import Broker
from tasks.retry import NONE_OF_SEVERAL, ONE_OF_SEVERAL

T = TypeVar("T")
Pause = Callable[[timedelta], object]


@dataclass(frozen=True, slots=True)
class Patience:
    """Pauses between the attempts of a read."""

    with_one: tuple[timedelta, ...] = ONE_OF_SEVERAL
    with_all: tuple[timedelta, ...] = NONE_OF_SEVERAL


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one broker said, now or the last time."""

    answer: T
    is_fresh: bool
    """False: what it said the last time, for it does not answer now."""


@dataclass
class Member:
    """A broker under its tag.

    Why an old answer may stand in for a new one: what has happened there since is in neither our ledger nor the old
    answer; symbols with orders that work or are unknown there stay locked; nothing new is routed there; and no session
    ends on an old answer. What is remembered dies with the process: after a restart a silent broker stops the run.
    """

    tag: str
    kind: str
    """Which broker it is, for a person."""
    account: str
    broker: Broker
    patience: tuple[timedelta, ...] = Patience().with_one
    answers: bool = True
    stood_in: bool = False
    """Whether an old answer has stood in since the account was last asked for."""
    _said: dict[Hashable, object] = field(default_factory=dict[Hashable, object])

    @property
    def label(self) -> str:
        """As sentences name it: tag, kind of broker and account."""
        return f"{self.tag} ({self.kind} {self.account})"

    def read(self, question: Hashable, call: Callable[[Broker], T], pause: Pause) -> Answer[T]:
        """The answer, or the last one to the same question. Raises: BrokerError when there never was one."""
        try:
            answer = self._asked(call, pause)
        except BrokerError as silence:
            self.answers = False
            return self._from_memory(question, silence)
        self.answers = True
        self.remember(question, answer)
        return Answer(answer, True)

    def remember(self, question: Hashable, answer: object) -> None:
        """Keep a complete answer; `None` is no answer that may stand in for a later one."""
        if answer is not None:
            self._said[question] = answer

    def _asked(self, call: Callable[[Broker], T], pause: Pause) -> T:
        for while_silent in self.patience if self.answers else ():
            try:
                return call(self.broker)
            except BrokerError:
                pause(while_silent)
        return call(self.broker)

    def _from_memory(self, question: Hashable, silence: BrokerError) -> Answer[Any]:
        if question not in self._said:
            raise BrokerError(f"{self.label} does not answer: {silence}") from silence
        self.stood_in = True
        return Answer(self._said[question], False)


def own_order(tag: str, order: BrokerOrder) -> BrokerOrder:
    """The key is ours already; the broker's number gets the tag, and so do its legs'."""
    legs = tuple(own_order(tag, leg) for leg in order.legs)
    return replace(order, broker_order_id=prefixed(tag, order.broker_order_id), legs=legs)


def own_execution(tag: str, account: str, execution: Execution) -> Execution:
    """In the book's account, under an id that no other of its brokers can have."""
    return replace(
        execution,
        execution_id=prefixed(tag, execution.execution_id),
        supersedes=prefixed(tag, execution.supersedes),
        account=account,
    )


def own_line(tag: str, line: StatementLine) -> StatementLine:
    """Under the broker's tag, so that the ids of two brokers never meet."""
    return replace(line, line_id=prefixed(tag, line.line_id))
