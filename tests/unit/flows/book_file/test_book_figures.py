"""Settings that contradict each other, or that keep a book from trading, are told when it is loaded."""

from pathlib import Path

import pytest

from flows.book_file import load_book

BOOK = "book: x\nbroker: {simulated: {opening_cash_usd: %s}}\nuniverse: {symbols: [AAPL, KO]}\n"
TRACK = "objective: {kind: track, weights_pct: {AAPL: 28, KO: 20}}\n"


def doubts(folder: Path, more: str, cash: int = 1_000_000) -> str:
    path = folder / "x.yaml"
    path.write_text(BOOK % cash + TRACK + more)
    return "\n".join(load_book(path).warnings)


def test_a_target_above_the_largest_order_is_told_to_take_several_sessions(tmp_path: Path) -> None:
    told = doubts(tmp_path, "")
    assert "risk.max_order_nav_pct" in told
    assert "AAPL has a target of 28 %: each order is cut to this" in told
    assert "each order is cut" not in doubts(tmp_path, "risk: {max_order_nav_pct: 28}\n")


@pytest.mark.parametrize(("cash", "is_told"), [(300, True), (400, False)])
def test_a_least_trade_that_no_target_is_worth_is_told_where_the_opening_is_known(tmp_path, cash, is_told) -> None:
    assert ("so nothing is ever traded" in doubts(tmp_path, "", cash)) is is_told
