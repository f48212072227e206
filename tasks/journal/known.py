"""What the one writer of a book has read of its record, and what it has added since: read once, then known.

Orders, waves, slices, events, fills, marks, plans, checkpoints, cycles and valuations of a book are written under its
lease alone: the fence is checked in every transaction that adds to them. So while a process has the lease nobody but
itself changes what it has read, and what it commits it adds to what it knows, in the database's own words. A process
that has lost the lease without noticing may still decide by what it knew; the fence refuses to record that, and the
permit to send it.

Ledger entries, write-offs, breaks and explanations may be added without the lease. All of them lengthen the audit
chain: what was read of them is known while the chain ends where this process saw or left its end. Its end is looked
at in every step before the first of these questions, before each comparison with the broker, and by each of our own
transactions.

Never kept here, and asked for anew each time: halts, cancellations, approvals, a person's word on an order, the lease.
"""

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, func, select

from sql.audit_chain import end_of
from sql.tables import audit
from tasks.journal.leases import Fence, Lease
from tasks.journal.looks import Looks

Answer = TypeVar("Answer")
_END = select(func.max(audit.c.seq))


class Known:
    """Answers about the leased book; outside of `remembering` every question goes to the database."""

    def __init__(self, engine: Engine, fence: Fence, looks: Looks) -> None:
        self._engine = engine
        self._fence = fence
        self._looks = looks
        self._where_it_ends = looks.plain(_END)
        self._lease: Lease | None = None
        """Under which the answers were read."""
        self._answers: dict[str, dict[Hashable, Any]] = {}
        """By subject, and by what was asked about."""
        self._shared: dict[tuple[str, Hashable], Any] = {}
        """Likewise, of what others may add to."""
        self._end: int | None = None
        """Where the chain ended when what is shared was read."""
        self._has_looked = False
        """Whether this step has looked at the chain's end."""
        self._depth = 0

    @contextmanager
    def remembering(self) -> Generator[None]:
        """Within it no question about the leased book is put to the database twice."""
        if self._depth == 0:
            self._has_looked = False
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
                before = end_of(connection)
                yield connection
                after = end_of(connection)
        except BaseException:
            self._forget_all()
            raise
        self._saw(before)
        self._end = after

    def recall(self, subject: str, about: Hashable, book: str, read: Callable[[], Answer]) -> Answer:
        """What is known, or else what the database says; `book` is whose record it is."""
        if self._depth == 0 or not self._is_ours(book):
            return read()
        known = self._answers.setdefault(subject, {})
        if about not in known:
            known[about] = read()
        return known[about]

    def recall_shared(self, subject: str, about: Hashable, book: str, read: Callable[[], Answer]) -> Answer:
        """The same of what others may add to."""
        if self._depth == 0 or not self._is_ours(book):
            return read()
        if not self._has_looked:
            self.look_again()
        if (subject, about) not in self._shared:
            self._shared[subject, about] = read()
        return self._shared[subject, about]

    def look_again(self) -> None:
        """Look where the chain ends now: what others have added to since is read anew."""
        self.saw_the_end(self._looks.look_plainly(self._where_it_ends, {})[0][0])

    def saw_the_end(self, end: int | None) -> None:
        """The number of the chain's newest entry, looked at by whoever had another question at the same moment."""
        self._has_looked = True
        self._saw(end)

    def forget_shared(self) -> None:
        """We have added to it ourselves, without the fence."""
        self._shared.clear()

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

    def _saw(self, end: int | None) -> None:
        if end != self._end:
            self._shared.clear()
            self._end = end

    def _forget_all(self) -> None:
        self._answers.clear()
        self._shared.clear()

    def _is_ours(self, book: str) -> bool:
        """Whether this process writes the book now; what was read under an earlier lease is forgotten."""
        lease = self._fence.lease
        if lease is not self._lease:
            self._forget_all()
            self._lease = lease
        return lease is not None and lease.book == book
