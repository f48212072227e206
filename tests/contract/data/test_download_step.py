"""The download step of a book whose prices and broker are live ones, with a real journal: what it puts on record."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.book.model import Book
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault, instead, with_body
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.journal import open_journal
from tasks.market_data.snapshots import read_snapshot
from tasks.market_data.step import download
from tasks.model.cycle import Cycle
from tasks.orders.send_permission import RecordedPermission
from tests.contract.alpaca.desk import broker_at
from tests.contract.data.conftest import NOON
from tests.contract.data.prices import SYMBOLS, Opened, alpaca, behind, prices
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY, after_open

FIRST = date(2022, 6, 1)
LOOKBACK = 60
BEGINS = date(2022, 8, 26)
"""Sixty sessions before MONDAY, whose close begins the sixty returns."""
ROWS = len(SYMBOLS) * (LOOKBACK + 1)


def book() -> Book:
    return Book.model_validate(
        {
            "book": "live",
            "universe": {"symbols": SYMBOLS},
            "objective": {"kind": "minimum_variance"},
            "broker": {"name": "alpaca"},
            "data": {"source": "alpaca", "adjustment": "raw", "lookback_sessions": LOOKBACK},
        }
    )


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with alpaca(World(tmp_path, source=prices(first=FIRST)), adjustment="raw") as found:
        found.exchange.advance(NOON)
        yield found


@contextmanager
def desk_at(opened: Opened, home: Path, session: date = TUESDAY) -> Iterator[StepContext]:
    """As the composition root builds it."""
    assert isinstance(opened.venue, AlpacaVenue)
    at = opened.exchange.now()
    with ExitStack() as stack:
        journal = open_journal(home)
        stack.callback(journal.close)
        journal.fence.take("live", "one", lambda: at, is_dead=lambda _: True)
        stack.callback(journal.fence.release)
        name = f"live:{session}"
        cycle = Cycle(name, "live", session, "main", "manual", 1, "running", "", "live.yaml", "0" * 64, "", at, at)
        broker = GuardedBroker(broker_at(opened.venue, home), RecordedPermission(journal, "live"))
        cycle = journal.cycles.open(cycle)
        yield StepContext(book(), home, home, cycle, journal, opened.source, broker, lambda: at)


def bars_of(desk: StepContext) -> pd.DataFrame:
    return read_snapshot(desk.snapshots, facts_of(desk, "download")["sha256"])


def test_the_snapshot_holds_the_look_back_and_states_source_feed_and_adjustment(opened: Opened, tmp_path: Path) -> None:
    with desk_at(opened, tmp_path) as desk:
        download.fn(desk)
        row = desk.journal.cycles.newest_snapshot("alpaca:sip", "raw", SYMBOLS)
        assert row is not None
        assert (row["first_session"], row["last_session"], row["rows"]) == (BEGINS, MONDAY, ROWS)
        expected = behind(prices(first=FIRST), SYMBOLS, BEGINS, MONDAY)
        pd.testing.assert_frame_equal(bars_of(desk), expected)
        assert desk.journal.cycles.findings(desk.cycle) == ()


def early_close(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "close": "13:00"} if row["date"] == str(TUESDAY) else row for row in rows]


def test_hours_that_the_broker_tells_otherwise_are_a_warning_on_record(opened: Opened, tmp_path: Path) -> None:
    assert isinstance(opened.venue, AlpacaVenue)
    opened.venue.http_faults.plan(HttpFault("GET", "/v2/calendar", with_body(early_close), times=9))
    with desk_at(opened, tmp_path) as desk:
        download.fn(desk)
        (finding,) = desk.journal.cycles.findings(desk.cycle)
        assert (finding.check, finding.session) == ("session_hours", TUESDAY)
        assert "alpaca says 14:30 to 18:00 UTC, the exchange calendar 14:30 to 21:00" in finding.message


def test_a_download_that_broke_off_leaves_no_snapshot_and_the_next_one_is_whole(opened: Opened, tmp_path: Path) -> None:
    assert isinstance(opened.venue, AlpacaVenue)
    opened.venue.http_faults.plan(HttpFault("GET", "/v2/stocks/bars", instead(500, "<html>")))
    with desk_at(opened, tmp_path) as desk:
        with pytest.raises(BrokerError, match="daily bars: no answer to rely on"):
            download.fn(desk)
        assert list(desk.snapshots.glob("*")) == []
        download.fn(desk)
        assert len(bars_of(desk)) == ROWS


def test_the_hours_of_the_night_change_nothing(opened: Opened, tmp_path: Path) -> None:
    """Asked for again in the evening, the step is loaded; the day that ended meanwhile is not in the decision."""
    with desk_at(opened, tmp_path) as desk:
        facts = download.fn(desk)
        opened.exchange.advance(after_open(390) + timedelta(hours=2))
        assert download.fn(desk) == facts
        assert bars_of(desk)["session"].max().date() == MONDAY
