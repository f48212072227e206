"""A small book's session from prices to report: every fill has its quotes, and a killed one has each of them once."""

import json
import os
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.guard import GuardedBroker
from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.orders import quotes_seen
from tests.flows.conftest import small_book
from tests.simulation.early_steps import STEPS, open_watched
from tests.simulation.points import Points, dies_for_real

FIRST = tuple(STEPS)[: tuple(STEPS).index("waves")]
LAST = tuple(STEPS)[tuple(STEPS).index("waves") :]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a small book whose plan is approved and scheduled."""
    small_book(tmp_path)
    at = tmp_path / "all" / "home"
    at.mkdir(parents=True)
    monkeypatch.setenv("STEELYARD_HOME", str(at))
    monkeypatch.setenv("STEELYARD_REGISTER", str(tmp_path / "journals.jsonl"))
    with open_watched(at, Points()) as desk:
        work(desk, FIRST)
    return at


def work(desk: StepContext, steps: tuple[str, ...] = LAST) -> None:
    for name in steps:
        STEPS[name](desk)


def report_of(home: Path) -> dict[str, Any]:
    return json.loads(next(home.glob("reports/*/*/report.json")).read_text())


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(home / "journal.sqlite") as sql:
        return sql.execute(query).fetchall()


def test_every_fill_is_measured_and_the_parts_of_each_order_add_up_to_its_trading_cost(home: Path):
    with open_watched(home, Points()) as desk:
        work(desk)
    report = report_of(home)
    total = report["spread"]
    assert total["fills"] > 10
    assert (total["used"], total["not_recorded"]) == (total["fills"], 0)
    assert total["sources"] == ["simulated exchange: one market, no other venue"]
    for order in report["orders"]:
        spread = order["spread"]
        assert None not in spread.values(), order["symbol"]
        parts = sum(Decimal(spread[name]) for name in ("spread_usd", "beyond_touch_usd", "timing_usd"))
        assert abs(parts - Decimal(order["costs"]["trading_usd"])) <= Decimal("0.01")
        assert all(Decimal(one["collected_after_s"]) >= 0 for one in order["quoted_fills"])
    assert not rows(home, "SELECT key FROM order_events WHERE state = 'sent' EXCEPT SELECT key FROM quotes_seen")


def killed_at(home: Path, number: int) -> bool:
    """Whether a life in a process of its own was killed at its point of this number; else it went on to the end."""
    child = os.fork()
    if child == 0:
        try:
            with open_watched(home, Points(dies_for_real(number))) as desk:
                work(desk, ("waves", "confirm"))
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_a_session_killed_again_and_again_has_each_quote_once(home: Path):
    """Each life gets a little further than the one before; the last one is not killed."""
    assert sum(killed_at(home, number) for number in range(20, 140, 8)) >= 5
    with open_watched(home, Points()) as desk:
        work(desk)
    seen = Counter(rows(home, "SELECT key, moment, execution_id FROM quotes_seen"))
    assert set(seen.values()) == {1}
    assert not rows(home, "SELECT key FROM order_events WHERE state = 'sent' EXCEPT SELECT key FROM quotes_seen")
    assert not rows(home, "SELECT execution_id FROM fills EXCEPT SELECT execution_id FROM quotes_seen")
    assert report_of(home)["spread"]["not_recorded"] == 0


def test_without_quotes_the_session_trades_the_same_and_its_report_says_why_it_measures_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    def silent(_self: GuardedBroker, _symbols: object) -> dict[str, object]:
        raise BrokerError("no answer")

    monkeypatch.setattr(GuardedBroker, "quotes_now", silent)
    monkeypatch.setattr(quotes_seen, "seen_at_sending", lambda *_: [])
    with open_watched(home, Points()) as desk:
        work(desk)
    report = report_of(home)
    total = report["spread"]
    assert total["fills"] > 10
    assert (total["used"], total["not_recorded"], total["effective_bps"]) == (0, total["fills"], None)
    page = next(home.glob("reports/*/*/report.html")).read_text()
    assert f"left out are {total['fills']} without a quote on record" in page
