"""A position that a person writes off was never worth more, for the breakers: it trips none of them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from risk_desk import NOON, YESTERDAY, Room, room

from tasks.journal.write_offs import WriteOff
from tasks.model.ledger_records import LedgerRow
from tasks.risk.measure import measured

D = Decimal


@pytest.fixture
def delisted(tmp_path: Path) -> Room:
    """200 GONE beside the 100,000 USD: 50 USD each until the day before, nothing since."""
    desk = room(tmp_path, valued=False)
    books = desk.desk.journal.books
    at = desk.desk.journal.books.entries("demo", "main")[0].at
    books.record_entries([LedgerRow("g", "demo", "main", "opening", at, "GONE", D(200), None, D(50), "")])
    for day, gone in ((date(2022, 12, 23), 50), (YESTERDAY, 0)):
        books.record_valuation("demo", day, D(1), D(10_000), {"AAPL": D(100), "GONE": D(gone)})
    return desk


def test_a_price_that_fell_to_nothing_is_a_drawdown_until_somebody_writes_it_off(delisted: Room) -> None:
    before = measured(delisted.desk)
    assert before.drawdown_pct is not None
    assert before.drawdown_pct == pytest.approx(D(100) / 11)
    assert before.missing_quotes == ("GONE",)
    word = WriteOff("demo", "main", "GONE", "written_off", D(0), "Ada", "delisted", NOON)
    delisted.desk.journal.write_offs.record(word)
    after = measured(delisted.desk)
    assert (after.drawdown_pct, after.loss_pct, after.missing_quotes) == (0, 0, ())
