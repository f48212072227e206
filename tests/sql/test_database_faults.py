"""A database that fails is one error with its remedy; what was committed stays, and it is used again afterwards."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from one_of_each import CYCLE, NINE, with_order, write_one_of_each
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError

from tasks.checkpoints import worth_retrying
from tasks.errors import JournalError
from tasks.journal import Journal, open_journal
from tasks.journal.database_errors import Fault, fault_of
from tasks.model.account import HaltState
from tasks.model.cycle import Checkpoint
from tasks.model.halts import Halt


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A journal in a file, with one day in it."""
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", "this test", lambda: datetime.now(UTC))
    write_one_of_each(journal)
    yield journal
    journal.close()


def step(journal: Journal, name: str, facts: str = "") -> None:
    journal.cycles.record_step(CYCLE, Checkpoint(name, {"sentence": facts, "facts": {}}, 0.1, NINE))


# --- PostgreSQL ends connections ---


def end_all_connections(journal: Journal) -> None:
    """What an administrator, a failover or a restart of the server does."""
    engine = create_engine(journal.engine.url)
    with engine.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
        connection.execute(text(f"{others} current_database()"))
    engine.dispose()


@pytest.mark.parametrize("journal", ["postgresql"], indirect=True)
def test_a_connection_that_was_ended_in_between_is_not_even_noticed(journal: Journal) -> None:
    with_order(journal)
    end_all_connections(journal)
    step(journal, "after")
    end_all_connections(journal)
    assert journal.cycles.checkpoint(CYCLE, "after") is not None


@pytest.mark.parametrize("journal", ["postgresql"], indirect=True)
def test_a_connection_that_is_ended_between_two_looks_of_a_batch_is_not_noticed(journal: Journal) -> None:
    with journal.looks.in_a_row():
        journal.fence.require()
        end_all_connections(journal)
        journal.fence.require()
        halt = Halt("demo", HaltState.HALTED, "Ada", "", {}, datetime.now(UTC))
        journal.halts.record(halt)
        assert journal.permits.halt_state("demo") is HaltState.HALTED


@pytest.mark.parametrize("journal", ["postgresql"], indirect=True)
def test_a_connection_that_is_ended_in_a_transaction_leaves_nothing_half_done(journal: Journal) -> None:
    """One error that is worth another try; nothing of the transaction is there, and the journal works on."""
    with_order(journal)
    words = "run the same command again, it goes on where it was"
    with pytest.raises(JournalError, match=words) as stop:
        cut_in_the_middle(journal)
    assert retried(stop.value)
    assert "steelyard@127.0.0.1" in str(stop.value)
    (cycle,) = journal.cycles.all("demo")
    assert (cycle.status, cycle.message) == ("running", "")


def cut_in_the_middle(journal: Journal) -> None:
    with journal.engine.begin() as connection:
        connection.execute(text("UPDATE cycles SET message = 'half'"))
        end_all_connections(journal)
        connection.execute(text("UPDATE cycles SET status = 'done'"))


def retried(error: Exception) -> bool:
    def result(*, raise_on_failure: bool) -> Exception:
        assert not raise_on_failure
        return error

    return worth_retrying(None, None, cast(Any, SimpleNamespace(result=result)))


# --- the file of SQLite ---


def test_a_full_disk_says_so_and_keeps_what_was_written(ours: Journal) -> None:
    """A database that may not grow is what a disk without room looks like to SQLite."""
    ours.engine.dispose()
    event.listen(ours.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))
    with pytest.raises(JournalError, match=r"database or disk is full\): its disk is full: free some space") as stop:
        step(ours, "large", "x" * 500_000)
    assert not retried(stop.value)
    assert ours.cycles.checkpoint(CYCLE, "download") is not None
    assert ours.cycles.checkpoint(CYCLE, "large") is None


def test_another_program_that_holds_the_database_is_waited_for_and_then_named(ours: Journal, tmp_path: Path) -> None:
    """Waited for half a minute as it is; here as long as a test can bear."""
    ours.engine.dispose()
    event.listen(ours.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 1"))
    other = sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="another program holds it") as stop:
        step(ours, "later")
    assert retried(stop.value)
    other.execute("ROLLBACK")
    other.close()
    step(ours, "later")
    assert ours.cycles.checkpoint(CYCLE, "later") is not None


def test_a_malformed_file_is_told_at_the_door_with_what_to_restore(ours: Journal, tmp_path: Path) -> None:
    ours.close()
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"no database at all " * 1000)
    with pytest.raises(JournalError, match=r"it is damaged: keep the file, restore it from a backup"):
        open_journal(tmp_path)


def test_a_file_that_cannot_be_written_says_so(ours: Journal) -> None:
    ours.engine.dispose()
    event.listen(ours.engine, "connect", lambda connection, _: connection.execute("PRAGMA query_only = ON"))
    with pytest.raises(JournalError, match="it cannot be written"):
        step(ours, "never")


# --- which error is whose ---


@pytest.mark.parametrize(
    ("sqlstate", "fault"),
    [
        ("57P01", Fault.LOST),
        ("08006", Fault.LOST),
        ("53100", Fault.FULL),
        ("55P03", Fault.BUSY),
        ("XX001", Fault.DAMAGED),
        ("25006", Fault.READ_ONLY),
        ("23505", None),
        ("42P01", None),
        ("P0001", None),
    ],
)
def test_postgresql_says_by_its_code_whose_fault_it_is(sqlstate: str, fault: Fault | None) -> None:
    error = Exception("...")
    error.sqlstate = sqlstate  # type: ignore[attr-defined]
    assert fault_of(error) is fault


def test_an_interruption_is_no_fault_of_the_database(ours: Journal) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    event.listen(ours.engine, "before_cursor_execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        step(ours, "never")


def test_what_the_program_did_wrong_keeps_its_own_error(journal: Journal) -> None:
    """A row that breaks a rule of the tables is no fault of the database."""
    with_order(journal)
    with pytest.raises(IntegrityError), journal.engine.begin() as connection:
        connection.execute(text("INSERT INTO steps (cycle_id) VALUES ('nobody')"))
