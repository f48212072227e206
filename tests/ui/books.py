"""A book of one test, and what journal and broker know of it."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flows.conftest import small_book
from tests.flows.worlds import SESSION, broker_rows, journal_rows, orders_at_work


@dataclass(frozen=True)
class OwnBook:
    """At an account of the simulated broker of the same name."""

    name: str
    home: Path
    folder: Path

    def written(self, mode: str = "full_auto") -> str:
        """The path of its file."""
        text = small_book(self.folder, mode).read_text()
        path = self.folder / f"{self.name}.yaml"
        path.write_text(
            text.replace("book: small", f"book: {self.name}").replace("account: small", f"account: {self.name}")
        )
        return str(path)

    def card(self, step: str) -> str:
        """The key under which the UI shows what a step attached."""
        return f"{self.name}-{SESSION}-{step}"

    @property
    def page(self) -> str:
        """The key of its session page."""
        return f"session-{self.name}"

    def market_may_move(self, times: int) -> None:
        """How often, from the start of a process on, while orders work."""
        (self.home / "moves").write_text(str(times))

    def orders_at_work(self) -> int:
        return orders_at_work(str(self.home), self.name)

    def waves_sent(self) -> int:
        """By our journal; none before it and its tables are there."""
        if not (self.home / "journal.sqlite").exists():
            return 0
        try:
            [(waves,)] = self.ours(f"SELECT count(DISTINCT wave) FROM slices WHERE cycle_id LIKE '{self.name}:%'")
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return 0
        return waves

    def status(self) -> str:
        [(status,)] = self.ours(f"SELECT status FROM cycles WHERE book = '{self.name}'")
        return status

    def answers(self) -> list[tuple[str, str, str]]:
        """To its plans: what was said, by whom, and why."""
        return self.ours(
            f"SELECT decision, who, note FROM approvals WHERE cycle_id LIKE '{self.name}:%' ORDER BY rowid"
        )

    def ours(self, query: str) -> list[tuple[Any, ...]]:
        return journal_rows(str(self.home), query)

    def theirs(self, query: str) -> list[tuple[Any, ...]]:
        return broker_rows(str(self.home), query, self.name)

    def assert_both_records_agree(self) -> None:
        """The broker's book and ours name the same orders and the same executions, each once, and nothing differs."""
        mine = f"WHERE cycle_id LIKE '{self.name}:%'"
        orders = sorted(self.theirs("SELECT key FROM orders"))
        assert sorted(self.ours(f"SELECT key FROM slices {mine}")) == orders
        assert len(set(orders)) == len(orders) > 0
        executions = sorted(self.theirs("SELECT execution_id FROM executions"))
        assert sorted(self.ours(f"SELECT execution_id FROM fills {mine}")) == executions
        assert self.ours(f"SELECT count(*) FROM breaks {mine}") == [(0,)]

    def assert_nothing_was_sent(self) -> None:
        assert self.ours(f"SELECT count(*) FROM slices WHERE cycle_id LIKE '{self.name}:%'") == [(0,)]
        assert self.theirs("SELECT count(*) FROM orders") == [(0,)]
