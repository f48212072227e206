"""Questions that wait for their answer, and the proof that an answer is whole.

TWS ends each answer with a message of its own. Some of them name the question, most do not; and after a question that
timed out, the rest of its answer may come in the middle of the next. So a kind that has once timed out is asked again
until two answers in a row agree: at most one of two can be such a rest.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from tasks.errors import BrokerError
from tasks.retry import LISTS_AGREE

Name = Hashable
"""The number of a question, or the kind of one that TWS does not number."""


class OpenQuestionError(BrokerError):
    """No complete answer."""


class UnansweredError(OpenQuestionError):
    """Not within the time."""


class QuestionRefusedError(BrokerError):
    """TWS answered with an error."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"TWS says {code}: {words}")
        self.code = code


@dataclass(slots=True)
class _Waiting:
    ended: asyncio.Future[None]
    rows: list[Any] = field(default_factory=list[Any])


class PendingRequests:
    """Lives in the loop of the connection."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._open: dict[Name, _Waiting] = {}
        self._doubtful: set[Name] = set()
        self._turns: dict[Name, asyncio.Lock] = {}

    async def request(self, name: Name, what: str, send: Callable[[], Awaitable[None]]) -> list[Any]:
        """The rows of a whole answer. One question of a name at a time.

        Raises: OpenQuestionError.
        """
        async with self._turns.setdefault(name, asyncio.Lock()):
            rows = await self._once(name, what, send)
            if name in self._doubtful:
                rows = await self._until_two_agree(name, what, send, rows)
                self._doubtful.discard(name)
            return rows

    async def request_numbered(self, number: int, what: str, send: Callable[[], Awaitable[None]]) -> list[Any]:
        """The rows of an answer that names its question.

        Raises: OpenQuestionError, QuestionRefusedError.
        """
        return await self._once(number, what, send)

    async def _until_two_agree(
        self, name: Name, what: str, send: Callable[[], Awaitable[None]], rows: list[Any]
    ) -> list[Any]:
        for _ in range(LISTS_AGREE.most):
            again = await self._once(name, what, send)
            if again == rows:
                return again
            rows = again
        raise OpenQuestionError(f"{what}: {LISTS_AGREE.most} answers of TWS in a row differ; ask again")

    async def _once(self, name: Name, what: str, send: Callable[[], Awaitable[None]]) -> list[Any]:
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        await send()
        self._open[name] = waiting  # `send` writes last of all and no answer is read before we wait
        try:
            await asyncio.wait_for(waiting.ended, self._patience_s)
        except TimeoutError as late:
            self._doubtful.add(name)
            raise UnansweredError(
                f"{what}: TWS did not end its answer within {self._patience_s:g} s, so it proves nothing; ask again"
            ) from late
        finally:
            self._open.pop(name, None)
        return waiting.rows

    # ---- for the listener ------------------------------------------------------------------------------------------

    def add(self, name: Name, row: object) -> None:
        """A part of an answer; nothing where nobody asked, or after the end."""
        if (waiting := self._open.get(name)) is not None and not waiting.ended.done():
            waiting.rows.append(row)

    def end(self, name: Name) -> None:
        """An answer is whole."""
        if (waiting := self._open.get(name)) is not None and not waiting.ended.done():
            waiting.ended.set_result(None)

    def rows(self, name: Name) -> list[Any]:
        """What has come of an answer so far."""
        waiting = self._open.get(name)
        return [] if waiting is None else waiting.rows

    def refuse(self, name: Name, code: int, words: str) -> None:
        """TWS answers with an error."""
        if (waiting := self._open.get(name)) is not None and not waiting.ended.done():
            waiting.ended.set_exception(QuestionRefusedError(code, words))

    def fail_all(self, words: str) -> None:
        """Nothing that is being answered now will be whole; what a question leaves behind is doubtful."""
        for name, waiting in self._open.items():
            self._doubtful.add(name)
            if not waiting.ended.done():
                waiting.ended.set_exception(OpenQuestionError(words))
