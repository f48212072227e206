"""A book for real money, a journal to examine it by, and a network that nothing may reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tasks.journal import Journal, open_journal
from tasks.journal.evidence import Examination

NOW = datetime(2024, 3, 4, 13, 0, tzinfo=UTC)
KEY = {"APCA_API_KEY_ID": "AKREAL", "APCA_API_SECRET_KEY": "never-sent"}
LIVE_BOOK = """\
book: real
mode: full_auto
broker: {name: alpaca, account: pension, live: true}
universe: {symbols: [AAPL, KO]}
data: {lookback_sessions: 120}
objective: {kind: risk_parity}
"""


@contextmanager
def journal_in(home: Path) -> Iterator[Journal]:
    journal = open_journal(home)
    try:
        yield journal
    finally:
        journal.close()


def examined(home: Path, *, passed: bool = True, days_ago: float = 1, **more: Any) -> None:
    """Put a doctor's finding on record."""
    known = {"kind": "doctor", "broker": "alpaca", "account": "pension", "live": True, **more}
    with journal_in(home) as journal:
        at = NOW - timedelta(days=days_ago)
        journal.examinations.record(Examination(passed=passed, figures={}, at=at, **known))


def no_network(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that somebody tried to reach; none of them is."""
    tried: list[Any] = []

    def refuse(*address: Any, **_: Any) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    for name in ("socket.create_connection", "socket.getaddrinfo", "socket.socket.connect"):
        monkeypatch.setattr(name, refuse)
    return tried
