"""Which session a book is run for when none is named, and which ones it may be run for."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.book_file import load_book
from flows.commands.sandbox_server import open_venue
from flows.sessions import check_session, newest_session
from tasks.book.model import Book
from tasks.errors import ConfigError
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, TUESDAY, quiet_week

AFTER_THANKSGIVING = date(2022, 11, 28)
"""The Monday after the last price of the week."""
AT_A_VENUE = {"STEELYARD_VENUE": "http://127.0.0.1:1"}


def book(broker: str) -> Book:
    return Book.model_validate(
        {
            "book": "core",
            "broker": {"name": broker},
            "universe": {"symbols": ["AAA"]},
            "objective": {"kind": "risk_parity"},
        }
    )


@pytest.mark.parametrize(
    ("broker", "environment", "newest"),
    [
        ("simulated", {}, HALF_DAY),
        ("alpaca", {}, AFTER_THANKSGIVING),
        ("ibkr", {}, AFTER_THANKSGIVING),
        ("alpaca", AT_A_VENUE, HALF_DAY),
        ("ibkr", AT_A_VENUE, HALF_DAY),
    ],
)
def test_a_real_market_needs_no_price_of_the_session_itself(
    broker: str, environment: dict[str, str], newest: date
) -> None:
    assert newest_session(book(broker), quiet_week("AAA"), environment) == newest


def test_a_session_beyond_the_prices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEELYARD_VENUE", raising=False)
    source: Any = quiet_week("AAA")
    check_session(AFTER_THANKSGIVING, book("alpaca"), source)
    check_session(TUESDAY, book("simulated"), source)
    for day, broker in (
        (AFTER_THANKSGIVING, "simulated"),
        (date(2022, 11, 29), "alpaca"),
        (date(2022, 11, 24), "ibkr"),
    ):
        with pytest.raises(ConfigError):
            check_session(day, book(broker), source)


@pytest.mark.parametrize("name", ["alpaca_paper", "ibkr_paper", "two_brokers"])
def test_the_example_books_of_real_brokers_load(name: str) -> None:
    loaded = load_book(Path(__file__).parents[3] / "books" / f"{name}.yaml", {})
    assert loaded.book.book == name
    assert not loaded.book.broker.live
    assert loaded.warnings == ()


def test_a_venue_without_prices_of_its_own_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    text = (Path(__file__).parents[3] / "books" / "alpaca_paper.yaml").read_text()
    path.write_text(text.replace("source: sample", "source: alpaca"))
    loaded = load_book(path, {})
    with pytest.raises(ConfigError, match="sample, files"), open_venue("alpaca", loaded, tmp_path, 0, None):
        pass
