"""Holds what may change, cycles and leases, against the chained rows that were written together with them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from sql.audit_chain import CHAINED
from sql.tables import attempts, cancellations, cycles, lease_log, leases, metadata, plans, steps
from tasks.journal.leases import RELEASED
from tasks.model import audit_flaws
from tasks.model.audit_flaws import Flaw
from tasks.model.cycle import Cycle
from tasks.model.session_record import Attempt, SessionRecord, mismatches

_PAGE = 200
"""Sessions in memory at a time, each with the text of its book."""
_EVIDENCE = frozenset(table.name for table in (attempts, cancellations, plans, steps))
"""What a cycle is held against: where one of these is flawed itself, it proves nothing."""


def cycle_flaws(connection: Connection, flawed: Collection[str]) -> Iterator[Flaw]:
    """Cycles that are gone, that nobody recorded, or that say what their chained rows do not.

    `flawed` are the tables whose own rows are not as they were written: what rests on them is told with them.
    """
    if _EVIDENCE & set(flawed):
        return
    yield from _gone(connection, flawed)
    for page in connection.execute(select(cycles).order_by(cycles.c.cycle_id)).mappings().partitions(_PAGE):
        yield from _compared(connection, [Cycle(**row) for row in page])


def lease_flaws(connection: Connection, flawed: Collection[str]) -> Iterator[Flaw]:
    """Leases that are not what their log ends with: the token decides who may write."""
    if lease_log.name in flawed:
        return
    now = {row.book: row for row in connection.execute(select(leases))}
    for said in connection.execute(_newest_logged()):
        lease = now.get(said.book)
        if lease is None:
            yield audit_flaws.row_gone(leases.name, said.book, f"its log ends with token {said.token}")
        elif (lease.token, lease.taken_at) != (said.token, said.taken_at) or lease.holder not in (
            RELEASED,
            said.holder,
        ):
            found = f"token {lease.token}, holder {lease.holder or 'nobody'}, since {lease.taken_at.isoformat()}"
            known = f"token {said.token}, holder {said.holder}, since {said.taken_at.isoformat()}"
            yield audit_flaws.unproven(leases.name, said.book, f"it says {found}; its log ends with {known}")


def _newest_logged() -> Select[Any]:
    newest = select(lease_log.c.book, func.max(lease_log.c.token).label("token")).group_by(lease_log.c.book).subquery()
    here = (lease_log.c.book == newest.c.book) & (lease_log.c.token == newest.c.token)
    return select(lease_log).join(newest, here).order_by(lease_log.c.book)


# --- cycles that are gone ---------------------------------------------------------------------------------------------


def _gone(connection: Connection, flawed: Collection[str]) -> Iterator[Flaw]:
    """One flaw a session, with how many chained rows of which tables are about it."""
    resting: dict[str, list[str]] = {}
    for name in sorted(CHAINED - set(flawed)):
        table = metadata.tables[name]
        if "cycle_id" in table.c:
            there = select(1).where(cycles.c.cycle_id == table.c.cycle_id).exists()
            lost = select(table.c.cycle_id, func.count()).where(~there).group_by(table.c.cycle_id)
            for cycle_id, rows in connection.execute(lost):
                resting.setdefault(cycle_id, []).append(f"{rows} of {name}")
    for cycle_id, rows in sorted(resting.items()):
        yield audit_flaws.row_gone(cycles.name, cycle_id, f"rows that are about it are there: {', '.join(rows)}")


# --- cycles that are there --------------------------------------------------------------------------------------------


def _compared(connection: Connection, page: Sequence[Cycle]) -> Iterator[Flaw]:
    known = _records(connection, [cycle.cycle_id for cycle in page])
    for cycle in page:
        record = known[cycle.cycle_id]
        if not record.attempts and not record.steps:
            yield audit_flaws.inserted(cycles.name, cycle.cycle_id)
        else:
            yield from (audit_flaws.unproven(cycles.name, cycle.cycle_id, said) for said in mismatches(cycle, record))


def _records(connection: Connection, ids: Sequence[str]) -> dict[str, SessionRecord]:
    tries = select(attempts).where(attempts.c.cycle_id.in_(ids)).order_by(attempts.c.attempt)
    ended = select(steps.c.cycle_id, steps.c.attempt, steps.c.step)
    ended = ended.where(steps.c.cycle_id.in_(ids))
    words = select(cancellations.c.cycle_id, cancellations.c.said).where(cancellations.c.cycle_id.in_(ids))
    whose = select(plans.c.cycle_id, plans.c.body["account"].as_string().label("account"))
    whose = whose.where(plans.c.cycle_id.in_(ids)).order_by(plans.c.revision)
    begun, done, said, accounts = (connection.execute(query).all() for query in (tries, ended, words, whose))
    names = Attempt.__slots__
    return {
        of: SessionRecord(
            attempts=tuple(
                Attempt(**{name: getattr(row, name) for name in names}) for row in begun if row.cycle_id == of
            ),
            steps=frozenset((row.attempt, row.step) for row in done if row.cycle_id == of),
            words=frozenset(row.said for row in said if row.cycle_id == of),
            account=next((row.account for row in reversed(accounts) if row.cycle_id == of), None),
        )
        for of in ids
    }
