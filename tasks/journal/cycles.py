"""Cycles (one book, one session), the checkpoints of their steps, and what the checks found."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, and_, select, update

from sql.tables import attempts, cycles, findings, snapshots, steps, targets
from tasks.journal.known import Known
from tasks.journal.statements import add, insert_once, inserted
from tasks.model.cycle import REPORT_STEP, Checkpoint, Cycle
from tasks.model.plan import Finding, Severity


class Cycles:
    """Sessions of books, their attempts, and the checkpoints, findings and targets of each attempt."""

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine = engine
        self._known = known

    def open(self, cycle: Cycle) -> Cycle:
        """Record a new cycle, or return the one that this book already has for the session."""
        row = {name: getattr(cycle, name) for name in Cycle.__slots__}
        with self._known.writing() as connection:
            if insert_once(connection, cycles, [row]):
                insert_once(connection, attempts, [_attempt_row(cycle, cycle.created_at)])
        self._known.forget("cycles")
        found = self.find(cycle.book, cycle.session, cycle.kind)
        assert found is not None, "inserted above"
        return found

    def find(self, book: str, session: date, kind: str = "rebalance") -> Cycle | None:
        """There is at most one of each kind for a session."""
        query = select(cycles).where(cycles.c.book == book, cycles.c.session == session, cycles.c.kind == kind)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Cycle(**row) if row else None

    def all(self, book: str | None = None) -> tuple[Cycle, ...]:
        """Newest session first."""
        query = select(cycles).order_by(cycles.c.session.desc(), cycles.c.book)
        if book:
            query = query.where(cycles.c.book == book)

        def read() -> tuple[Cycle, ...]:
            with self._engine.connect() as connection:
                return tuple(Cycle(**row) for row in connection.execute(query).mappings())

        return self._known.recall("cycles", book, book, read) if book else read()

    def set_status(self, cycle_id: str, status: str, message: str, at: datetime) -> None:
        """Raises: LeaseLostError when a newer process works the book."""
        change = update(cycles).where(cycles.c.cycle_id == cycle_id)
        with self._known.writing() as connection:
            connection.execute(change.values(status=status, message=message, changed_at=at))
        self._known.forget("cycles")

    def begin_attempt(
        self, cycle: Cycle, at: datetime, also: Callable[[Connection, Cycle], None] = lambda _connection, _begun: None
    ) -> Cycle:
        """Decide the session anew, by the mode and book text of `cycle`; only while nothing was ordered.

        `also` writes more of the new attempt in the same transaction.
        """
        number = cycle.attempt + 1
        change = update(cycles).where(cycles.c.cycle_id == cycle.cycle_id, cycles.c.attempt == cycle.attempt)
        values = {
            "attempt": number,
            "mode": cycle.mode,
            "book_sha256": cycle.book_sha256,
            "book_text": cycle.book_text,
            "status": "running",
            "message": "",
            "changed_at": at,
        }
        with self._known.writing() as connection:
            connection.execute(change.values(**values))
            begun = replace(cycle, attempt=number, status="running", message="", changed_at=at)
            insert_once(connection, attempts, [_attempt_row(begun, at)])
            also(connection, begun)
        self._known.forget("cycles")
        return begun

    # --- checkpoints ---

    def checkpoint(self, cycle: Cycle, step: str) -> Checkpoint | None:
        """Of the cycle's current attempt; None when the step is still to be done."""
        return next((done for done in self.checkpoints(cycle) if done.step == step), None)

    def checkpoints(self, cycle: Cycle) -> tuple[Checkpoint, ...]:
        """Of the cycle's attempt, oldest first."""
        query = select(steps).where(_of(steps, cycle)).order_by(steps.c.finished_at)

        def read() -> tuple[Checkpoint, ...]:
            with self._engine.connect() as connection:
                return tuple(_checkpoint(row) for row in connection.execute(query))

        # A copy: what one step takes out of its facts another one still finds in them.
        return deepcopy(tuple(self._known.recall("steps", (cycle.cycle_id, cycle.attempt), cycle.book, read)))

    def record_step(self, cycle: Cycle, done: Checkpoint) -> None:
        """The last write of a step: a process killed before it does the step again. With its report the session is
        done, in the same transaction. Raises: LeaseLostError when a newer process works the book.
        """
        row = {
            "cycle_id": cycle.cycle_id,
            "attempt": cycle.attempt,
            "step": done.step,
            "output": dict(done.output),
            "seconds": done.seconds,
            "finished_at": done.finished_at,
        }
        with self._known.writing() as connection:
            new = tuple(_checkpoint(row) for row in inserted(connection, steps, [row]))
            if new and done.step == REPORT_STEP:
                this = cycles.c.cycle_id == cycle.cycle_id
                connection.execute(
                    update(cycles).where(this).values(status="done", message="", changed_at=done.finished_at)
                )
        if new and done.step == REPORT_STEP:
            self._known.forget("cycles")
        about = (cycle.cycle_id, cycle.attempt)
        by_end = attrgetter("finished_at")
        self._known.learn("steps", lambda of, known: sorted([*known, *new], key=by_end) if of == about else known)

    # --- findings, snapshots, targets ---

    def record_findings(self, cycle: Cycle, step: str, found: Sequence[Finding]) -> None:
        """Add what is not on record yet for this step; a rerun that finds the same adds nothing."""
        if not found:
            return
        known = {(f.check, f.subject, f.message) for f in self.findings(cycle, step)}
        rows = [
            {
                "cycle_id": cycle.cycle_id,
                "attempt": cycle.attempt,
                "step": step,
                "severity": f.severity.value,
                "check_name": f.check,
                "subject": f.subject,
                "message": f.message,
                "symbol": f.symbol,
                "session": f.session,
            }
            for f in found
            if (f.check, f.subject, f.message) not in known
        ]
        if rows:
            with self._engine.begin() as connection:
                add(connection, findings, rows)

    def findings(self, cycle: Cycle, step: str | None = None) -> tuple[Finding, ...]:
        """Of the cycle's current attempt, in the order in which they were made; of one step if it is named."""
        query = select(findings).where(_of(findings, cycle)).order_by(findings.c.id)
        if step:
            query = query.where(findings.c.step == step)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            Finding(Severity(r["severity"]), r["check_name"], r["subject"], r["message"], r["symbol"], r["session"])
            for r in rows
        )

    def record_snapshot(self, row: Mapping[str, Any]) -> None:
        """Once by its hash: the same prices downloaded again are the same snapshot."""
        with self._engine.begin() as connection:
            insert_once(connection, snapshots, [row])

    def snapshot(self, sha256: str) -> Mapping[str, Any] | None:
        """What was recorded of one snapshot: source, range, symbols."""
        query = select(snapshots).where(snapshots.c.sha256 == sha256)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return dict(row) if row else None  # type: ignore[arg-type]

    def newest_snapshot(self, source: str, adjustment: str, symbols: Sequence[str]) -> Mapping[str, Any] | None:
        """The latest snapshot of the same source that holds exactly these symbols."""
        query = (
            select(snapshots)
            .where(snapshots.c.source == source, snapshots.c.adjustment == adjustment)
            .order_by(snapshots.c.created_at.desc())
        )
        with self._engine.connect() as connection:
            for row in connection.execute(query).mappings():
                if sorted(row["symbols"]) == sorted(symbols):
                    return dict(row)  # type: ignore[arg-type]
        return None

    def record_targets(self, cycle: Cycle, weights: Mapping[str, tuple[float, float]]) -> None:
        """Per symbol (current weight, target weight), cash as `CASH`."""
        rows = [
            {
                "cycle_id": cycle.cycle_id,
                "attempt": cycle.attempt,
                "symbol": s,
                "current_weight": c,
                "target_weight": t,
            }
            for s, (c, t) in weights.items()
        ]
        with self._known.writing() as connection:
            insert_once(connection, targets, rows)
        self._known.forget("targets")

    def targets(self, cycle: Cycle) -> dict[str, tuple[float, float]]:
        """Current and target weight of each symbol in the current attempt, as fractions of NAV; cash is a row."""
        query = select(targets).where(_of(targets, cycle)).order_by(targets.c.symbol)

        def read() -> dict[str, tuple[float, float]]:
            with self._engine.connect() as connection:
                rows = connection.execute(query).mappings()
                return {r["symbol"]: (r["current_weight"], r["target_weight"]) for r in rows}

        return dict(self._known.recall("targets", (cycle.cycle_id, cycle.attempt), cycle.book, read))


def _attempt_row(cycle: Cycle, at: datetime) -> dict[str, Any]:
    """What a try was decided by; the cycle itself shows only the newest."""
    names = ("cycle_id", "attempt", "mode", "book_file", "book_sha256", "book_text")
    return {**{name: getattr(cycle, name) for name in names}, "began_at": at}


def _checkpoint(row: Row[Any]) -> Checkpoint:
    return Checkpoint(row.step, row.output, row.seconds, row.finished_at)


def _of(table: Table, cycle: Cycle) -> ColumnElement[bool]:
    return and_(table.c.cycle_id == cycle.cycle_id, table.c.attempt == cycle.attempt)
