"""The breakers in a book file: each may be switched off, and a mistake is told with field, value and remedy."""

from pathlib import Path

import pytest

from flows.book_file import load_book
from tasks.errors import ConfigError

BOOK = "book: core\nuniverse: {symbols: [AAPL, XOM]}\nobjective: {kind: risk_parity}\n"


def book(folder: Path, breakers: str) -> Path:
    path = folder / "core.yaml"
    path.write_text(f"{BOOK}risk:\n  breakers:\n    {breakers}\n")
    return path


def test_null_switches_a_breaker_off_and_the_others_stay(tmp_path: Path) -> None:
    breakers = load_book(book(tmp_path, "daily_loss: {max_pct: null}")).book.risk.breakers
    assert breakers.daily_loss.max_pct is None
    assert breakers.drawdown.max_pct == 30


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("daily_loss: {max_pct: -3}", "risk.breakers.daily_loss.max_pct = -3"),
        ("unknown: {then: stopped}", 'risk.breakers.unknown.then = "stopped"'),
        ("rejects: {max_pct: 120}", "risk.breakers.rejects.max_pct = 120"),
        ("drawdon: {max_pct: 20}", "drawdown"),
    ],
)
def test_a_mistake_is_told_with_field_value_and_remedy(tmp_path: Path, wrong: str, told: str) -> None:
    with pytest.raises(ConfigError) as stopped:
        load_book(book(tmp_path, wrong))
    assert "core.yaml:6: " in str(stopped.value)
    assert told in str(stopped.value)
    assert "; " in str(stopped.value), "the remedy comes last"
