"""One writer for each book: a lease with a token that only grows, checked inside every transaction that matters."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, case, select, update

from sql.audit_chain import END, hold_the_end, know_the_end
from sql.tables import lease_log, leases
from tasks.errors import LeaseHeldError, LeaseLostError
from tasks.journal.looks import Looks
from tasks.journal.statements import insert_once

TTL = timedelta(seconds=60)
"""How long a lease lasts without being renewed. It says when another process may take over, never that it is safe to
write: that is what the token is for."""
RELEASED = ""


# Built once: they are run with every single write, and building them costs more than running them.
_UNTIL = bindparam("until", type_=leases.c.expires_at.type)
_RENEW = (
    update(leases)
    .where(leases.c.book == bindparam("of"), leases.c.token == bindparam("held"))
    # Never shortened, so that a clock that jumps back gives nothing away.
    .values(expires_at=case((leases.c.expires_at < _UNTIL, _UNTIL), else_=leases.c.expires_at))
)
_RENEW_AT_THE_END = _RENEW.returning(*END)
_TOKEN = select(leases.c.token).where(leases.c.book == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may write a book, until when."""

    book: str
    token: int
    """Grows with every holder of the book; the newest is the only one that may write."""
    holder: str
    """Who it is: host, process, when it began."""
    taken_at: datetime
    expires_at: datetime


class Fence:
    """What stands between a process and the tables of its book; without a lease nothing passes."""

    def __init__(self, engine: Engine, looks: Looks | None = None) -> None:
        self._engine = engine
        self._looks = looks or Looks(engine)
        self._newest_token = self._looks.plain(_TOKEN)
        self._lease: Lease | None = None
        self._clock: Callable[[], datetime] | None = None

    @property
    def lease(self) -> Lease | None:
        """What this process took and has not given back; a newer holder may have taken it over since."""
        return self._lease

    @property
    def token(self) -> int:
        """Of the lease this process took; 0 when it never took one."""
        return self._lease.token if self._lease else 0

    def take(
        self,
        book: str,
        holder: str,
        clock: Callable[[], datetime],
        *,
        is_dead: Callable[[str], bool] = lambda _: False,
        why: str = "",
    ) -> Lease:
        """Become the writer of a book, with a new token.

        A lease is free when it was released, has run out, or its holder is known to be dead.
        Raises: LeaseHeldError otherwise, naming the holder; nothing was touched.
        """
        now = clock()
        with self._engine.begin() as connection:
            hold_the_end(connection)
            nobody = {"book": book, "token": 0, "holder": RELEASED, "taken_at": now, "expires_at": now}
            insert_once(connection, leases, [nobody])
            row = connection.execute(select(leases).where(leases.c.book == book).with_for_update()).mappings().one()
            if row["holder"] != RELEASED and row["expires_at"] > now and not is_dead(row["holder"]):
                raise LeaseHeldError(
                    f"book {book} is being worked by {row['holder']} since {row['taken_at']:%H:%M:%S} UTC; nothing was "
                    f"done. Wait for it, or end that process: its lease runs out at {row['expires_at']:%H:%M:%S} UTC"
                )
            lease = Lease(book, row["token"] + 1, holder, now, now + TTL)
            change = update(leases).where(leases.c.book == book)
            connection.execute(
                change.values(token=lease.token, holder=holder, taken_at=now, expires_at=lease.expires_at)
            )
            entry = {"book": book, "token": lease.token, "holder": holder, "taken_at": now, "why": why}
            insert_once(connection, lease_log, [entry])
        self._lease, self._clock = lease, clock
        return lease

    def holder_of(self, book: str) -> Lease | None:
        """Who has a book's lease by the record, alive or not; None when it was given back or never taken."""
        rows = self._looks.look(select(leases).where(leases.c.book == book), {})
        return Lease(**rows[0]) if rows and rows[0]["holder"] != RELEASED else None

    def check(self, connection: Connection) -> None:
        """Hold the lease, and the end of the audit chain, until this transaction ends. Raises: LeaseLostError.

        First of all in a transaction: whoever holds the end waits for no other row than the lease.
        """
        lease = self._held()
        hold_the_end(connection)
        row = connection.execute(_RENEW_AT_THE_END, self._renewed(lease)).first()
        if row is None:
            raise self._lost(lease)
        know_the_end(connection, row)

    def renew(self) -> None:
        """Raises: LeaseLostError."""
        lease = self._held()
        with self._engine.begin() as connection:
            if connection.execute(_RENEW, self._renewed(lease)).rowcount != 1:
                raise self._lost(lease)

    def require(self) -> None:
        """Look whether the lease is still ours, right before something that cannot be undone. Raises: LeaseLostError.

        Looking is no fence; it makes the moment in which a newer writer may appear as short as it can be.
        """
        rows = self._looks.look_plainly(self._newest_token, {"of": self._held().book})
        self.compare(rows[0][0] if rows else None)

    def compare(self, newest: int | None) -> None:
        """Hold our token against the newest one. Raises: LeaseLostError."""
        lease = self._held()
        if newest != lease.token:
            raise self._lost(lease)

    def release(self) -> None:
        """Let the next one have it at once; nothing happens when it was lost already."""
        if self._lease is None:
            return
        lease, self._lease = self._lease, None
        mine = (leases.c.book == lease.book) & (leases.c.token == lease.token)
        with self._engine.begin() as connection:
            connection.execute(update(leases).where(mine).values(holder=RELEASED))

    def _renewed(self, lease: Lease) -> dict[str, Any]:
        assert self._clock is not None, "set with the lease"
        return {"of": lease.book, "held": lease.token, "until": self._clock() + TTL}

    def _held(self) -> Lease:
        if self._lease is None:
            raise LeaseLostError("this process has taken no lease, so it may not write orders; begin with a run")
        return self._lease

    def _lost(self, lease: Lease) -> LeaseLostError:
        return LeaseLostError(
            f"another process has taken over book {lease.book} (this one had token {lease.token}); nothing more is "
            "written or sent here. What this process had sent is looked up by the other one"
        )
