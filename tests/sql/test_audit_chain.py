"""Whatever is done to the record behind the program's back, the audit chain tells, and says which row."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from threading import Thread

import pytest
from alembic import command
from alembic.config import Config
from behind_our_back import another, emptied, only_row, unguarded
from one_of_each import CYCLE, FILL, INTENT, NINE, TEN, with_order, write_one_of_each
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)

from sql.audit_chain import CHAINED
from sql.database import MIGRATIONS, open_database
from sql.row_hash import linked, row_key, row_sha256
from sql.tables import APPEND_ONLY, audit, drills, fills, halts, ledger_entries, metadata
from sql.types import Exact
from tasks.journal import Journal
from tasks.journal.statements import add, insert_once
from tasks.model.audit_flaws import Anchor
from tasks.model.ledger_records import LedgerRow

TABLES = sorted(CHAINED)


def entries_of(journal: Journal, table: str) -> int:
    with journal.engine.connect() as connection:
        return connection.execute(select(func.count()).where(audit.c.table_name == table)).scalar_one()


def key_of(table: str, row: dict[str, object]) -> str:
    return row_key(metadata.tables[table], list(row.values()))


def where(table: str, row: dict[str, object]):
    return [column == row[column.name] for column in metadata.tables[table].primary_key]


def test_every_append_only_table_is_chained_and_only_they_are(journal: Journal) -> None:
    assert {*TABLES, "audit"} == set(APPEND_ONLY)
    write_one_of_each(journal)
    assert all(entries_of(journal, name) for name in TABLES)
    assert sum(entries_of(journal, name) for name in TABLES) == journal.audit.head().seq
    assert journal.audit.verify() == ()


@pytest.mark.parametrize("name", TABLES)
def test_an_edit_of_any_column_is_found_and_the_row_is_named(journal: Journal, name: str) -> None:
    """Every column in turn."""
    write_one_of_each(journal)
    table, row = metadata.tables[name], only_row(journal, metadata.tables[name])
    columns = [column for column in table.columns if not column.primary_key]
    assert columns
    for column in columns:
        with unguarded(journal, name) as connection:
            change = update(table).where(*where(name, row))
            connection.execute(change.values({column.name: another(column, row[column.name])}))
        [flaw] = journal.audit.verify()
        assert (flaw.kind, flaw.table, flaw.row_key) == ("edited", name, key_of(name, row)), column.name
        assert f"entry {flaw.seq} " in flaw.sentence
        with unguarded(journal, name) as connection:
            connection.execute(update(table).where(*where(name, row)).values({column.name: row[column.name]}))
    assert journal.audit.verify() == (), "put back as it was, the record is whole"


@pytest.mark.parametrize("name", TABLES)
def test_a_removed_and_an_inserted_row_are_found_and_named(journal: Journal, name: str) -> None:
    write_one_of_each(journal)
    table, row = metadata.tables[name], only_row(journal, metadata.tables[name])
    names = {next(iter(table.primary_key)).name, *({"revision", "version"} & set(row))}  # these numbers are unique too
    with unguarded(journal, name) as connection:
        connection.execute(table.delete().where(*where(name, row)))
    [flaw] = journal.audit.verify()
    assert (flaw.kind, flaw.table, flaw.row_key) == ("removed", name, key_of(name, row))
    forged = row | {name: another(table.c[name], row[name]) for name in names}
    with unguarded(journal, name) as connection:
        connection.execute(insert(table).values(row))
        connection.execute(insert(table).values(forged))
    [flaw] = journal.audit.verify()
    assert (flaw.kind, flaw.table, flaw.row_key, flaw.seq) == ("inserted", name, key_of(name, forged), None)


def test_an_entry_about_another_tables_row_of_that_number_covers_nothing(journal: Journal) -> None:
    """There are halts 1 to 3 and drill 1: drill 2 was never written by us."""
    with journal.engine.begin() as connection:
        add(connection, halts, [HALT] * 3)
    write_one_of_each(journal)
    row = only_row(journal, drills)
    with unguarded(journal, "drills") as connection:
        connection.execute(insert(drills).values({**row, "id": 2}))
    assert [(flaw.kind, flaw.table, flaw.row_key) for flaw in journal.audit.verify()] == [("inserted", "drills", "2")]


def test_an_amount_that_only_looks_different_is_the_same(journal: Journal) -> None:
    """1.50 is 1.5, whoever wrote it; NULL is not the empty text."""
    write_one_of_each(journal)
    with unguarded(journal, "fills") as connection:
        connection.execute(text("UPDATE fills SET fee = '0.3500'"))
    assert journal.audit.verify() == ()
    with unguarded(journal, "ledger_entries") as connection:
        connection.execute(update(ledger_entries).values(symbol=""))
    assert [flaw.kind for flaw in journal.audit.verify()] == ["edited"]


def test_content_that_cannot_be_read_is_an_edit_of_that_row(journal: Journal) -> None:
    """A text where an amount belongs (SQLite takes it), an amount that is no number, a moment that never comes."""
    write_one_of_each(journal)
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL_2])
    wrong = {"sqlite": ("fee", "'much'"), "postgresql": ("at", "'infinity'")}[journal.engine.dialect.name]
    with unguarded(journal, "fills") as connection:
        connection.execute(text(f"UPDATE fills SET {wrong[0]} = {wrong[1]} WHERE execution_id = 'x1'"))
    [flaw] = journal.audit.verify()
    assert (flaw.kind, flaw.row_key) == ("edited", '["simulated","x1"]')
    assert "cannot be read" in flaw.sentence


def test_a_key_that_is_no_date_is_told_and_breaks_nothing_off(
    tmp_path: Path, sqlite_copy: Callable[[Path], str]
) -> None:
    """SQLite takes any text for a date."""
    journal = Journal.over(open_database(sqlite_copy(tmp_path)))
    journal.fence.take("demo", "this test", lambda: TEN)
    write_one_of_each(journal)
    with unguarded(journal, "valuations") as connection:
        connection.execute(text("UPDATE valuations SET session = 'never'"))
    kinds = [(flaw.kind, flaw.table) for flaw in journal.audit.verify()]
    journal.close()
    assert kinds == [("removed", "valuations"), ("unreadable", "valuations")]


def test_a_table_that_is_gone_is_told_once(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "drills") as connection:
        connection.execute(text("DROP TABLE drills"))
    [flaw] = journal.audit.verify()
    assert (flaw.kind, flaw.table) == ("removed", "drills")


# --- the chain itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["table_name", "row_key", "row_sha256", "sha256"])
def test_an_edited_entry_breaks_the_chain_where_it_is(journal: Journal, column: str) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "audit") as connection:
        connection.execute(update(audit).where(audit.c.seq == 5).values({column: "0" * 20}))
    broken = {flaw.seq for flaw in journal.audit.verify() if flaw.kind == "chain"}
    assert 5 in broken
    assert broken <= {5, 6}


def test_an_entry_that_was_made_to_fit_breaks_the_one_after_it(journal: Journal) -> None:
    """Somebody knows how an entry is hashed, and changes one in the middle alone."""
    write_one_of_each(journal)
    with unguarded(journal, "audit") as connection:
        before, entry = connection.execute(select(audit).where(audit.c.seq.in_([4, 5])).order_by(audit.c.seq)).all()
        fitting = linked(before.sha256, 5, entry.table_name, "made up", entry.row_sha256)
        connection.execute(update(audit).where(audit.c.seq == 5).values(row_key="made up", sha256=fitting))
    assert [flaw.seq for flaw in journal.audit.verify() if flaw.kind == "chain"] == [6]


def test_removed_entries_leave_a_gap_that_is_told_with_its_numbers(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "audit") as connection:
        connection.execute(audit.delete().where(audit.c.seq.in_([4, 5])))
    gap, *rows = journal.audit.verify()
    assert (gap.kind, gap.seq) == ("chain", 4)
    assert "entries 4 to 5 are missing" in gap.sentence
    assert {flaw.kind for flaw in rows} == {"inserted"}, "the rows they were about have no entry any more"
    assert len(rows) == 2


def test_the_first_entry_cannot_be_removed_either(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "audit") as connection:
        connection.execute(audit.delete().where(audit.c.seq == 1))
    assert [flaw.seq for flaw in journal.audit.verify() if flaw.kind == "chain"] == [1]


@pytest.mark.parametrize("seq", [0, -3])
def test_an_entry_put_before_the_first_is_found(journal: Journal, seq: int) -> None:
    write_one_of_each(journal)
    entry = {"seq": seq, "table_name": "fills", "row_key": "x", "row_sha256": "0" * 64, "sha256": "0" * 64}
    with unguarded(journal, "audit") as connection:
        connection.execute(insert(audit).values(entry))
    kinds = {(flaw.kind, flaw.seq) for flaw in journal.audit.verify()}
    assert kinds == {("chain", seq), ("removed", seq)}


def test_an_entry_put_at_the_end_is_found(journal: Journal) -> None:
    """With a row of its own, so that only its place in the chain can give it away."""
    write_one_of_each(journal)
    last = journal.audit.head()
    with unguarded(journal, "audit", "halts") as connection:
        found = connection.execute(select(audit).where(audit.c.table_name == "halts")).mappings().one()
        connection.execute(insert(audit).values({**found, "seq": last.seq + 1}))
    [flaw] = journal.audit.verify()
    assert (flaw.kind, flaw.seq) == ("chain", last.seq + 1)


def test_reordered_entries_are_found(journal: Journal) -> None:
    write_one_of_each(journal)
    with unguarded(journal, "audit") as connection:
        for old, new in ((3, 1003), (7, 3), (1003, 7)):
            connection.execute(update(audit).where(audit.c.seq == old).values(seq=new))
    broken = [flaw.seq for flaw in journal.audit.verify() if flaw.kind == "chain"]
    assert broken[0] == 3
    assert 7 in broken


# --- what only an anchor can show -------------------------------------------------------------------------------------


def test_a_cut_end_is_found_by_its_anchor(journal: Journal) -> None:
    """The newest rows and their entries are gone: the chain alone is whole, only shorter."""
    write_one_of_each(journal)
    before = journal.audit.head()
    journal.books.record_entries([LedgerRow("late", "demo", "main", "balance", TEN, None, None, Decimal(1), None, "b")])
    anchored = Anchor(
        **{name: getattr(journal.audit.head(), name) for name in ("seq", "sha256")}, told_by="anchors/demo"
    )
    assert journal.audit.verify([before, anchored]) == ()
    with unguarded(journal, "audit", "ledger_entries") as connection:
        connection.execute(audit.delete().where(audit.c.seq > before.seq))
        connection.execute(ledger_entries.delete().where(ledger_entries.c.entry_id == "late"))
    assert journal.audit.verify() == ()
    assert journal.audit.verify([before]) == ()
    [flaw] = journal.audit.verify([before, anchored])
    assert (flaw.kind, flaw.seq) == ("truncated", before.seq + 1)
    assert "anchors/demo" in flaw.sentence


def test_a_chain_that_was_written_anew_is_found_by_its_anchor(journal: Journal) -> None:
    """Somebody who knows how the chain is made edits a row and makes every later entry fit."""
    from sql.audit_chain import enrol

    write_one_of_each(journal)
    anchored = journal.audit.head()
    with unguarded(journal, "audit", "fills") as connection:
        connection.execute(update(fills).values(price=Decimal("1")))
        connection.execute(audit.delete())
        enrol(connection, TABLES)
    assert journal.audit.verify() == ()
    [flaw] = journal.audit.verify([anchored])
    assert (flaw.kind, flaw.seq) == ("rewritten", anchored.seq)


def test_an_emptied_database_is_found_by_its_anchor(journal: Journal) -> None:
    write_one_of_each(journal)
    anchored = journal.audit.head()
    with unguarded(journal, *APPEND_ONLY) as connection:
        for table in metadata.tables.values():
            connection.execute(table.delete())
    assert journal.audit.verify() == ()
    assert journal.audit.head() == Anchor(0, "0" * 64)
    assert [flaw.kind for flaw in journal.audit.verify([anchored])] == ["truncated"]


# --- how it is written ------------------------------------------------------------------------------------------------

FILL_2 = type(FILL)(**{**{name: getattr(FILL, name) for name in FILL.__slots__}, "execution_id": "x2"})


def test_a_row_that_was_there_already_gets_no_second_entry(journal: Journal) -> None:
    write_one_of_each(journal)
    before = journal.audit.head()
    with journal.engine.begin() as connection:
        row = dict(connection.execute(select(fills)).mappings().one())
        assert insert_once(connection, fills, [row]) == 0
        assert insert_once(connection, fills, [row, {**row, "execution_id": "x2"}]) == 1
    assert journal.audit.head().seq == before.seq + 1
    assert journal.audit.verify([before]) == ()


def test_what_is_rolled_back_leaves_no_entry(journal: Journal) -> None:
    journal.cycles.open(CYCLE)
    before = journal.audit.head()
    with journal.engine.connect() as connection, connection.begin() as transaction:
        add(connection, halts, [HALT])
        transaction.rollback()
    assert journal.audit.head() == before


HALT = {"scope": "*", "state": "halted", "who": "a", "why": "b", "figures": {"é": [1.5, None, "ü"]}, "at": NINE}


def test_numbered_rows_keep_the_order_in_which_they_were_given(journal: Journal) -> None:
    """More than one page of them: the newest event of an order is its state."""
    with journal.engine.begin() as connection:
        add(connection, halts, [{**HALT, "why": str(n)} for n in range(2500)])
    with journal.engine.connect() as connection:
        why = connection.execute(select(halts.c.why).order_by(halts.c.id)).scalars().all()
        keys = connection.execute(select(audit.c.row_key).where(audit.c.table_name == "halts").order_by(audit.c.seq))
        assert [int(n) for n in why] == list(range(2500))
        numbers = [int(key) for key in keys.scalars()]
    assert numbers == sorted(numbers)
    assert journal.audit.verify() == ()


def test_many_writers_at_once_make_one_chain(journal: Journal) -> None:
    """Each waits for the end of the chain; no entry is lost and none has two successors."""
    start = journal.audit.head().seq
    threads = [Thread(target=_write_halts, args=(journal, who)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.audit.head().seq == start + 6 * 10 * 3
    assert journal.audit.verify() == ()


def _write_halts(journal: Journal, who: int) -> None:
    for _ in range(10):
        with journal.engine.begin() as connection:
            add(connection, halts, [{**HALT, "who": str(who)}] * 3)


def test_writers_do_not_wait_for_whoever_verifies(journal: Journal) -> None:
    """The order path goes on while an audit of a large record runs; the audit sees one moment of it."""
    write_one_of_each(journal)
    looked: list[int] = []

    def write_meanwhile(count: int) -> None:
        looked.append(count)
        with journal.engine.begin() as connection:
            add(connection, halts, [HALT])

    assert journal.audit.verify(heard=write_meanwhile) == ()
    assert looked
    assert entries_of(journal, "halts") == 1 + len(looked)


def test_the_hash_of_a_row_is_the_plain_thing_it_is_said_to_be(journal: Journal) -> None:
    """Computed by hand from the documented form, the same on both databases: an auditor needs no code of ours."""
    write_one_of_each(journal)
    said = {
        "account": "main",
        "at": "2022-12-28T15:00:00.000000+00:00",
        "broker": "simulated",
        "cycle_id": "demo:2022-12-28",
        "execution_id": "x1",
        "fee": "0.35",
        "key": "k1",
        "price": "130.0712",
        "shares": "60",
        "side": "BUY",
        "symbol": "AAPL",
        "venue": "SIM",
    }
    content = sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    with journal.engine.connect() as connection:
        entry = connection.execute(select(audit).where(audit.c.table_name == "fills")).one()
        before = connection.execute(select(audit.c.sha256).where(audit.c.seq == entry.seq - 1)).scalar_one()
    assert entry.row_key == '["simulated","x1"]'
    assert entry.row_sha256 == content
    line = f"{before}|{entry.seq}|fills|{entry.row_key}|{content}"
    assert entry.sha256 == sha256(line.encode()).hexdigest()


def test_both_databases_chain_the_same_history_to_the_same_hash(tmp_path: Path, postgres_url: str) -> None:
    """A record that is moved from one to the other keeps its proof."""
    heads = []
    for url in (f"sqlite:///{tmp_path / 'journal.sqlite'}", emptied(postgres_url)):
        journal = Journal.over(open_database(url))
        journal.fence.take("demo", "both", lambda: datetime(2022, 12, 28, 14, tzinfo=UTC))
        write_one_of_each(journal)
        heads.append(journal.audit.head())
        journal.close()
    assert heads[0] == heads[1]


def test_waves_slices_and_events_of_one_transaction_are_entered_in_order(journal: Journal) -> None:
    with_order(journal)
    before = journal.audit.head().seq
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": []})
    with journal.engine.connect() as connection:
        query = select(audit.c.table_name).where(audit.c.seq > before).order_by(audit.c.seq)
        assert connection.execute(query).scalars().all() == ["waves", "slices", "order_events"]


# --- a record from before there was a chain ---------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'journal.sqlite'}"
    return emptied(request.getfixturevalue("postgres_url"))


def test_rows_from_before_the_chain_are_entered_when_the_database_is_upgraded(url: str) -> None:
    """A record of the first schema, with a row in each of its tables; afterwards it is as guarded as a new one."""
    old = import_module("sql.migrations.versions.0001_the_first_tables").APPEND_ONLY
    _fill_first_schema(url)
    engine = open_database(url)
    journal = Journal.over(engine)
    old = (*old, "valuations")
    assert {name: entries_of(journal, name) for name in old} == dict.fromkeys(old, 1) | {"order_events": 3}
    assert journal.audit.verify() == ()
    assert journal.audit.head().seq == len(old) + 2
    with unguarded(journal, "fills") as connection:
        connection.execute(update(fills).values(price=Decimal(1)))
    assert [flaw.table for flaw in journal.audit.verify()] == ["fills"]
    engine.dispose()


def _fill_first_schema(url: str) -> None:
    """Written as the first release wrote it, by the columns that there were."""
    engine = open_database(url)
    with engine.begin() as connection:
        _downgrade(connection)
        there = {name: {c["name"] for c in inspect(connection).get_columns(name)} for name in ("fills", "breaks")}
        assert "supersedes" not in there["fills"], "the first schema"
        for name, rows in _first_rows().items():
            connection.execute(_as_it_was(connection, name).insert(), rows)
    engine.dispose()


def _downgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.downgrade(config, "0001")


def _as_it_was(connection: Connection, name: str) -> Table:
    """Today's types on the columns of that time."""
    there = {column["name"] for column in inspect(connection).get_columns(name)}
    return Table(name, MetaData(), *(Column(c.name, c.type) for c in metadata.tables[name].columns if c.name in there))


def _first_rows() -> dict[str, list[dict[str, object]]]:
    cycle = {name: getattr(CYCLE, name) for name in CYCLE.__slots__ if name != "kind"}
    of = {"cycle_id": CYCLE.cycle_id}
    plan = {"plan_hash": "a" * 64}
    order = {"order_id": "o"}
    what = {"account": "main", "symbol": "AAPL", "side": "BUY", "shares": Decimal("60.500")}
    event = {"key": "k", "state": "intended", "at": TEN, "broker_order_id": "", "reason": ""}
    snapshot = {"sha256": "f" * 64, "source": "sample", "adjustment": "raw", "rows": 1, "symbols": ["AAPL"]}
    sliced = {"key": "k", "wave": 1, "generation": 0, "order_type": "limit", "time_in_force": "day"}
    ordered = {name: what[name] for name in ("symbol", "side", "shares")} | {"algorithm": "twap", "reason": "x"}
    answer = {"decision": "approved", "who": "rule", "note": "", "price_band_pct": 5.0}
    break_ = {"book": "demo", "symbol": None, "kind": "cash", "ours": "1", "theirs": "2", "amount_usd": Decimal("1.10")}
    entry = {"entry_id": "e", "book": "demo", "account": "main", "kind": "opening", "at": NINE, "because": "b"}
    worth = {"book": "demo", "session": CYCLE.session, "nav_usd": Decimal("9.50"), "cash_usd": Decimal(1), "prices": {}}
    return {
        "cycles": [cycle],
        "steps": [of | {"attempt": 1, "step": "s", "output": {"é": 1.5}, "seconds": 2.0, "finished_at": NINE}],
        "findings": [
            of | {"attempt": 1, "step": "s", "severity": "info", "check_name": "c", "subject": "", "message": ""}
        ],
        "snapshots": [
            snapshot | {"first_session": CYCLE.session, "last_session": CYCLE.session, "created_at": NINE},
        ],
        "targets": [of | {"attempt": 1, "symbol": "AAPL", "current_weight": 0.1, "target_weight": 1 / 3}],
        "plans": [of | plan | {"revision": 1, "body": {"b": None, "a": [1]}, "created_at": NINE}],
        "approvals": [of | plan | answer | {"decided_at": NINE, "expires_at": TEN}],
        "orders": [of | plan | order | ordered | {"decision_price": Decimal(130), "decided_at": NINE, "schedule": []}],
        "allocations": [order | {"account": "main", "shares": Decimal(60)}],
        "order_marks": [order | {"kind": "arrival", "at": TEN, "price": Decimal("130.01")}],
        "waves": [of | {"number": 1, "decided_at": TEN, "notes": {}}],
        "slices": [of | order | what | sliced | {"due_at": TEN}],
        "order_events": [event, event | {"state": "sent"}, event | {"state": "accepted"}],
        "fills": [of | what | {"broker": "b", "execution_id": "x", "key": "k", "price": Decimal("130.10"), **REST}],
        "ledger_entries": [entry],
        "breaks": [of | break_ | {"break_id": "b", "sentence": "s", "found_at": TEN}],
        "explanations": [{"break_id": "b", "who": "w", "because": "b", "explained_at": TEN}],
        "valuations": [worth],
        "reports": [of | {"path": "p", "sha256": "e" * 64, "summary": {}, "created_at": TEN}],
    }


REST = {"fee": Decimal(0), "at": TEN, "venue": ""}


def test_a_column_that_comes_later_changes_no_hash() -> None:
    """Two columns more, as a migration adds them: NULL in the old rows, or the server's default."""
    row = {"id": 1, "price": Decimal("1.50")}
    old = Table("t", MetaData(), Column("id", Integer, primary_key=True), Column("price", Exact))
    new = Table(
        "t",
        MetaData(),
        Column("note", Text),
        Column("id", Integer, primary_key=True),
        Column("price", Exact),
        Column("token", Integer, server_default="0"),
        Column("fee", Exact, server_default="0"),
        Column("cause", String, server_default="unknown"),
    )
    before = row_sha256(old, tuple(row.values()))
    assert row_sha256(new, (None, 1, Decimal("1.5"), 0, Decimal("0.00"), "unknown")) == before
    others = [("", 0, 0, "unknown"), (None, 1, 0, "unknown"), (None, 0, 1, "unknown"), (None, 0, 0, "")]
    others += [(None, None, 0, "unknown"), (None, 0, None, "unknown"), (None, 0, 0, None)]
    hashes = {
        row_sha256(new, (note, 1, Decimal("1.5"), token, Decimal(fee) if fee is not None else None, cause))
        for note, token, fee, cause in others
    }
    assert len(hashes | {before}) == len(others) + 1, "each of them says something else"
