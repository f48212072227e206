"""A wave that does not count a broker's bars says so, with what it means: once a session and symbol."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tasks.model.market import MarketBar
from tasks.model.orders import Algorithm
from tests.unit.execution.morning_desk import listened, morning, notes, order, run, trades
from tests.unit.execution.paper_desk import PaperBroker


@dataclass
class UnknownVolumes(PaperBroker):
    """Says -1 for a volume that it does not know, of one symbol."""

    def market_bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        told = super().market_bars(symbol, start, end)
        return tuple(replace(bar, volume=-1) for bar in told) if symbol == "AAPL" else told


def test_bars_that_are_not_counted_are_told_once_with_the_reason_and_what_follows(tmp_path: Path) -> None:
    desk, heard = listened(morning(tmp_path, UnknownVolumes(), order(), order("MSFT")))
    run(desk, 1, 2, 3)
    told = [note for number in (1, 2, 3) for note in notes(desk, number) if "not counted" in note]
    assert len(told) == 1
    assert told[0].startswith("AAPL: the broker's own minutes of this session are not counted: volume -1 at ")
    assert told[0].endswith("no slice of it is held below execution.max_participation_pct")
    assert [event.sentence for event in heard if event.step == "bars AAPL"] == told


def test_an_order_by_its_share_of_the_volume_is_said_to_wait_for_it(tmp_path: Path) -> None:
    desk = morning(tmp_path, UnknownVolumes(), order(algorithm=Algorithm.POV, schedule=()))
    run(desk, 1, 2)
    (told,) = [note for number in (1, 2) for note in notes(desk, number) if "not counted" in note]
    assert told.endswith("; nothing of it is sent while nobody knows what the market trades")


def test_what_is_filled_asks_for_no_bars_and_says_nothing(tmp_path: Path) -> None:
    broker = UnknownVolumes()
    desk = morning(tmp_path, broker, order(shares=10, schedule=((0, 10),), algorithm=Algorithm.AT_OPEN))
    run(desk, 0)
    trades(broker, broker.book[0].key, 10)
    run(desk, 1, 2)
    assert not [note for number in (0, 1, 2) for note in notes(desk, number)]
