"""A company event stops its symbol alone: the plan names the event as the reason, and the rest of the book trades."""

from pathlib import Path

import pytest
from deciding_desk import DAYS, decided, line_of, written

from tasks.checkpoints import facts_of


def test_raw_prices_with_a_spin_off_and_a_unit_split_hold_their_symbols_and_the_rest_trades(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    rows = f"{DAYS[1]},KO,spin_off,\n{DAYS[1]},PG,unit_split,\n"
    (tmp_path / "actions.csv").write_text(f"ex_date,symbol,kind,value\n{rows}")
    book = written(tmp_path, data="actions_path: actions.csv, adjustment: raw, ")
    with decided(book, DAYS[1]) as desk:
        assert facts_of(desk, "holdings")["locked"].keys() == {"KO", "PG"}
        for symbol, event in (("KO", "a spin-off"), ("PG", "a unit split")):
            line = line_of(desk, symbol)
            assert (line["side"], line["reason"]) == (None, "locked_by_company_event")
            assert event in line["sentence"]
        assert line_of(desk, "AAPL")["side"] == "SELL"
        assert line_of(desk, "JNJ")["side"] == "BUY"
