"""Where drift wants trades and no line can make one, the book says what is in the way, not what drift wanted alone."""

from decimal import Decimal
from pathlib import Path

import pytest

from flows.outcome import cycle_summary
from tasks.plan.plan_words import notes
from tasks.plan.recorded_list import recorded_list
from tests.unit.holdings.deciding_desk import DAYS, decided, written

D = Decimal


@pytest.mark.parametrize(
    ("setting", "in_the_way"),
    [("min_trade_usd: 90000", "below minimum trade (5), no price (1)"), ("min_trade_usd: 100", "")],
)
def test_the_list_and_the_summary_say_what_is_in_the_way_of_every_trade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, in_the_way: str
) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    book = written(tmp_path)
    book.write_text(f"{book.read_text()}orders: {{{setting}}}\n".replace("absolute_band_pct: 2", "calendar: daily"))
    with decided(book, DAYS[0]) as desk:
        why = cycle_summary(desk.journal, desk.cycle)["why"]
        listed = recorded_list(desk.journal, desk.cycle)
    assert why.startswith("2022-12-27 is the book's daily rebalance")
    assert why.partition("; no line can be traded: ")[2] == in_the_way
    assert listed is not None
    assert notes(listed)[0].startswith(f"nothing is traded: {why}" if in_the_way else "sell ")
