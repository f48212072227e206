"""Finds what an id names, and gathers from the journal and the files everything it rests on, or that rests on it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tasks.audit.report_files import State, report_states
from tasks.audit.trace_record import Decided, Prices, Report, Row, Session
from tasks.audit.trace_tree import tree_of
from tasks.audit.tree import Node
from tasks.errors import BadDataError, ConfigError
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow

OVER = ("done", "stopped", "failed", "cancelled")
"""Of a session that is over, only what was said before is told with it."""
REPLACED = "a later report replaced it"


def trace(journal: Journal, snapshots: Path, name: str) -> Node:
    """The whole line that `name` is part of; `snapshots` is the folder of the snapshot files.

    Raises: ConfigError when nothing, or more than one thing, has that name.
    """
    row = _only_one(name, journal.audit.ask("what_is_called", name=name))
    kind, whole = row["kind"], row["name"]
    if kind == "snapshot":
        return _from_snapshot(journal, snapshots, whole)
    return tree_of(session_on_record(journal, snapshots, row["cycle_id"]), kind, whole)


def _only_one(name: str, found: Sequence[Row]) -> Row:
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(
            f"nothing on record is called {name}; give a report's, plan's or snapshot's hash (eight characters will "
            "do), or the id of a session, order, slice, execution or break"
        )
    named = ", ".join(f"{row['kind']} {row['name']} {row['cycle_id']}".strip() for row in found)
    raise ConfigError(f"{name} names more than one thing: {named}; give more of the hash, or trace the session")


def _from_snapshot(journal: Journal, snapshots: Path, named: str) -> Node:
    """From the prices forward: the sessions decided on them, their plans and their reports."""
    state = snapshot_state(snapshots, named)
    resting = journal.audit.ask("what_rests_on_a_snapshot", sha256=named)
    words = f"sessions that rest on it: {len({row['cycle_id'] for row in resting})}; {state}"
    return Node("snapshot", named, words, {"file": state}, tuple(_resting(journal, row) for row in resting))


def _resting(journal: Journal, row: Row) -> Node:
    plan = row["plan_hash"]
    words = (
        f"attempt {row['attempt']} of {row['book']} on {row['session']}, {row['status']}, {row['order_count']} orders"
    )
    below = (Node("plan", plan, "what was decided on these prices"),) if plan else ()
    if row["order_count"]:
        below += tuple(
            Node("report", report["sha256"], report["path"], {"path": report["path"]})
            for report in journal.audit.ask("reports_of_a_session", cycle_id=row["cycle_id"])
        )
    return Node("session", row["cycle_id"], words, {"attempt": row["attempt"], "orders": row["order_count"]}, below)


def session_on_record(journal: Journal, snapshots: Path, cycle_id: str) -> Session:
    """Everything that led to a session's figures, from the journal, the report files and the snapshots. Raises:
    StopIteration when no cycle has this id.
    """
    cycle = next(cycle for cycle in journal.cycles.all() if cycle.cycle_id == cycle_id)
    reports = journal.books.reports(cycle_id)
    return Session(
        cycle=cycle,
        reports=[Report(row, _report_state(reports) if row is reports[0] else REPLACED) for row in reports],
        breaks=journal.books.breaks(cycle.book, cycle_id=cycle_id),
        orders=journal.orders.orders(cycle_id),
        slices=journal.orders.slices(cycle_id),
        events=journal.orders.events(cycle_id),
        fills=journal.orders.fills(cycle_id),
        decided=_decided(journal, snapshots, cycle),
        write_offs=[
            word
            for word in journal.write_offs.history(cycle.book)
            if cycle.status not in OVER or word.at <= cycle.changed_at
        ],
    )


def _decided(journal: Journal, snapshots: Path, cycle: Cycle) -> tuple[Decided, ...]:
    answers = journal.audit.ask("who_approved_what", book=cycle.book)
    found: list[Decided] = []
    for plan in journal.audit.ask("plans_of_a_session", cycle_id=cycle.cycle_id):
        attempt = replace(cycle, attempt=plan["revision"])
        found.append(
            Decided(
                plan=plan,
                answers=[answer for answer in answers if answer["plan_hash"] == plan["plan_hash"]],
                targets=journal.cycles.targets(attempt),
                findings=journal.cycles.findings(attempt),
                prices=_prices(journal, snapshots, attempt),
            )
        )
    return tuple(found)


def _prices(journal: Journal, snapshots: Path, attempt: Cycle) -> Prices | None:
    """A liquidation rests on no snapshot of its own."""
    done = journal.cycles.checkpoint(attempt, "download")
    named = done.output.get("facts", {}).get("sha256") if done else None
    if done is None or named is None:
        return None
    return Prices(named, done.output["sentence"], snapshot_state(snapshots, named))


def snapshot_state(snapshots: Path, named: str) -> str:
    """What the file of a snapshot says today, as words."""
    from tasks.market_data.snapshots import read_snapshot

    try:
        read_snapshot(snapshots, named)
    except BadDataError as error:
        return str(error)
    return State.SAME.value


def _report_state(rows: Sequence[ReportRow]) -> str:
    """What its files say, the page first; one that was never hashed says nothing."""
    told = [file for file in report_states(rows) if file.state is not State.UNHASHED]
    page = next(file for file in told if file.path == Path(rows[0].path))
    others = [f"{file.path.name}: {file.state}" for file in told if file is not page and file.state is not State.SAME]
    return "; ".join((page.state.value, *others))
