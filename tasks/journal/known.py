"""What the one writer of a book has read of its record, and what it has added since: read once, then known.

Orders, waves, slices, events, fills, marks, plans, checkpoints and cycles of a book are written under its lease alone:
the fence is checked in every transaction that adds to them. So while a process has the lease nobody but itself changes
what it has read, and what it commits it adds to what it knows, in the database's own words. A process that has lost the
lease without noticing may still decide by what it knew; the fence refuses to record that, and the permit to send it.

What others write without the lease is never kept here and is asked for anew each time: halts, cancellations, approvals,
explanations, ledger entries, a person's word on an order, and the lease itself.
"""

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from tasks.journal.leases import Fence, Lease

Answer = TypeVar("Answer")


class Known:
    """Answers about the leased book; outside of `remembering` every question goes to the database."""

    def __init__(self, engine: Engine, fence: Fence) -> None:
        self._engine = engine
        self._fence = fence
        self._lease: Lease | None = None
        """Under which the answers were read."""
        self._answers: dict[str, dict[Hashable, Any]] = {}
        """By subject, and by what was asked about."""
        self._depth = 0

    @contextmanager
    def remembering(self) -> Generator[None]:
        """Within it no question about the leased book is put to the database twice."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction behind the fence; when it fails nobody knows whether it was committed: all is read anew."""
        try:
            with self._engine.begin() as connection:
                self._fence.check(connection)
                yield connection
        except BaseException:
            self._answers.clear()
            raise

    def ask(self, subject: str, about: Hashable, book: str, read: Callable[[], Answer]) -> Answer:
        """What is known, or else what the database says; `book` is whose record it is."""
        if self._depth == 0 or not self._is_ours(book):
            return read()
        known = self._answers.setdefault(subject, {})
        if about not in known:
            known[about] = read()
        return known[about]

    def known(self, subject: str, about: Hashable) -> Any:
        """What is known; None when it has not been asked for."""
        return self._answers.get(subject, {}).get(about)

    def learn(self, subject: str, change: Callable[[Any, Any], Any]) -> None:
        """Bring every known answer of a subject up to date: `change` is given what it is about, and the answer."""
        known = self._answers.get(subject, {})
        for about, answer in known.items():
            known[about] = change(about, answer)

    def forget(self, subject: str) -> None:
        """Ask for it anew."""
        self._answers.pop(subject, None)

    def _is_ours(self, book: str) -> bool:
        """Whether this process writes the book now; what was read under an earlier lease is forgotten."""
        lease = self._fence.lease
        if lease is not self._lease:
            self._answers.clear()
            self._lease = lease
        return lease is not None and lease.book == book


def book_of(cycle_id: str) -> str:
    """The book of a cycle, by its id: `BOOK:SESSION`, with `:liq` for a liquidation."""
    return cycle_id.partition(":")[0]
