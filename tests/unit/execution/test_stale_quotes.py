"""A broker whose feed of quotes is down says since when, and nothing goes out on quotes that have grown too old."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tasks.brokers.remarks import Remark, RemarkKind
from tasks.model.market import Quote
from tests.unit.execution.morning_desk import OPEN, children, minutes, morning, notes, order, run
from tests.unit.execution.paper_desk import PaperBroker

DOWN = "the market data farm is broken since 14:20:00 UTC"


@dataclass
class FarmDown(PaperBroker):
    """Its quotes are of when its feed went."""

    went: datetime = OPEN

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return {symbol: replace(quote, at=self.went) for symbol, quote in super().quotes(symbols).items()}

    def remarks(self) -> tuple[Remark, ...]:
        return (Remark(RemarkKind.QUOTES_STALE, DOWN),)


def test_a_wave_names_what_is_wrong_with_the_quotes_and_sends_nothing_on_old_ones(tmp_path: Path) -> None:
    desk = morning(tmp_path, FarmDown(went=OPEN - minutes(40)), order(), worked_by="slices")
    run(desk, 2)
    assert DOWN in notes(desk, 2)
    assert children(desk) == []
    assert any("the quote is" in note and "s old, the limit is 900 s" in note for note in notes(desk, 2))


def test_a_feed_that_has_just_gone_lets_the_wave_trade_and_is_named(tmp_path: Path) -> None:
    broker = FarmDown()
    desk = morning(tmp_path, broker, order(), worked_by="slices")
    broker.went = OPEN
    run(desk, 1)
    assert DOWN in notes(desk, 1)
    assert children(desk)
