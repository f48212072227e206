"""The migrations and the tables say the same, and opening a database knows which revision is newest."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sql.append_only import guard_statements, unguard_statements
from sql.database import HEAD, MIGRATIONS, open_database
from sql.tables import APPEND_ONLY, metadata
from tasks.journal import Journal


def test_migrating_gives_exactly_the_tables(journal: Journal) -> None:
    with journal.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_the_newest_revision_is_the_one_opening_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_every_append_only_table_is_guarded_by_the_migration(journal: Journal) -> None:
    """A table added to the list without a trigger in a migration would be editable."""
    from importlib import import_module

    names = (
        "0001_the_first_tables",
        "0002_the_lease_the_halt_and_the_chain",
        "0003_brokers_and_what_they_were_asked",
        "0005_cancelled_sessions",
        "0006_positions_written_off",
        "0007_valuations_in_the_chain",
        "0008_reruns",
        "0010_reviews",
        "0011_cost_models",
        "0012_quotes_seen",
        "0013_restatements",
    )
    guarded = {table for name in names for table in import_module(f"sql.migrations.versions.{name}").APPEND_ONLY}
    assert guarded == set(APPEND_ONLY)
    assert journal.engine.dialect.name in ("sqlite", "postgresql")


def test_opening_a_migrated_database_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'journal.sqlite'}"
    open_database(url).dispose()
    before = (tmp_path / "journal.sqlite").read_bytes()
    open_database(url).dispose()
    assert (tmp_path / "journal.sqlite").read_bytes() == before


def test_guards_can_be_taken_off_again() -> None:
    for dialect in ("sqlite", "postgresql"):
        assert len(guard_statements("fills", dialect)) >= 2
        assert all("fills" in statement for statement in unguard_statements("fills", dialect))
