"""A finding about one's own files names the file, the day, the column and the value, as they stand in the file."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from quality_world import SESSIONS, SYMBOLS, changed, clean_bars, context_of, row, times

from tasks.market_data.file_source import FilesSource
from tasks.model.plan import Finding, Severity
from tasks.quality.checks import CheckResult, check_targets, check_universe
from tasks.quality.rules import price_findings
from tasks.quality.where import in_files

DAY = f"{SESSIONS[-1]:%Y-%m-%d}"
BEFORE = f"{SESSIONS[-2]:%Y-%m-%d}"
ONE_CELL = {
    "impossible_price": ({"close": -4.25}, f"(close -4.25 on {DAY})"),
    "missing_price": ({"high": np.nan}, f"(high empty on {DAY})"),
    "impossible_volume": ({"volume": -300.0}, f"(volume -300 on {DAY})"),
    "missing_volume": ({"volume": np.nan}, f"(volume empty on {DAY})"),
    "zero_volume": ({"volume": 0.0}, f"volume zero on {DAY}"),
    "ohlc_inconsistent": (
        {"open": 50.0, "high": 51.0, "low": 49.0, "close": 1200.5},
        f"(open 50, high 51, low 49, close 1200.5 on {DAY})",
    ),
}


@pytest.mark.parametrize("check", ONE_CELL)
def test_a_finding_on_one_bar_names_day_column_and_value(check: str) -> None:
    figures, said = ONE_CELL[check]
    frame = changed(clean_bars(), "AAA", [-1], **figures)
    (message,) = {f.message for f in price_findings(frame, context_of(frame)) if f.check == check}
    assert message.startswith("AAA: ")
    assert said in message


def test_of_several_bars_the_newest_is_shown_with_its_value() -> None:
    frame = changed(changed(clean_bars(), "AAA", [-2], low=-1.0), "AAA", [-1], close=0.0)
    (found,) = [f for f in price_findings(frame, context_of(frame)) if f.check == "impossible_price"]
    assert f"on {BEFORE}, {DAY} (close 0 on {DAY})" in found.message


def every_finding() -> list[Finding]:
    """Of all rules over bars with every kind of fault, figures in numpy's own types; and of the other tables."""
    frame = clean_bars()
    for figures, _ in ONE_CELL.values():
        frame = changed(frame, "BBB", [-4], **{name: np.float64(value) for name, value in figures.items()})
        frame = changed(frame, "AAA", [-1], **{name: np.float64(value) for name, value in figures.items()})
    frame = changed(frame, "CCC", [-9], open=times(2), high=times(2), low=times(2), close=times(2))
    frame = changed(frame, "DDD", range(-8, 0), open=40, high=40, low=40, close=40, volume=0)
    frame = pd.concat([frame, clean_bars(("EEE",)).tail(3)], ignore_index=True)
    hole = row(frame, "FFF", -15)
    frame = frame.drop(index=[place for place, gone in enumerate(hole) if gone])
    universe = pd.DataFrame({"symbol": ["AAA", "AAA"], "carbon_intensity": [np.float64(-1), np.float64(3e7)]})
    weights = pd.DataFrame({"symbol": ["AAA", "ZZZ"], "weight": [np.float64(1.25), np.float64(-7)]})
    others = [*check_universe(universe).findings, *check_targets(weights, SYMBOLS).findings]
    return [*price_findings(frame, context_of(frame)), *others]


def test_no_finding_shows_how_a_library_writes_its_numbers() -> None:
    found = every_finding()
    assert len({finding.check for finding in found}) > 12
    for finding in found:
        for text in (finding.message, finding.subject, str(finding.symbol), json.dumps(finding.message)):
            assert "np." not in text, text
            assert "Timestamp" not in text, text


def suites_of(result: CheckResult) -> str:
    return str(result.suites)


def test_the_json_of_a_suite_has_plain_numbers_however_deep() -> None:
    """A pair of columns is judged in pairs, each of two figures."""
    weights = pd.DataFrame({"symbol": ["AAA", "ZZZ"], "weight": [np.float64(1.25), np.float64(-7)]})
    assert "np." not in suites_of(check_targets(weights, SYMBOLS))


# --- which file ---


def finding(symbol: str | None = "AAA", message: str = "AAA: a price is wrong") -> Finding:
    return Finding(Severity.HALT, "impossible_price", symbol or "all symbols", message, symbol=symbol)


def test_a_symbols_finding_names_its_file_and_one_of_the_session_the_whole_path(tmp_path: Path) -> None:
    """Relative to the book, as the book file names it."""
    folder = tmp_path / "my prices"
    folder.mkdir()
    for symbol in ("AAA", "BBB"):
        (folder / f"{symbol}.csv").write_text("date,close\n2021-05-27,40\n2021-05-28,41\n")
    source = FilesSource(folder, "raw")
    told = in_files([finding(), finding(None, "all is old")], source.files_of, folder, tmp_path)
    assert [one.message for one in told] == ["AAA: my prices/AAA.csv: a price is wrong", "my prices: all is old"]
    assert source.files_of("ZZZ") == ()
    (unknown,) = in_files([finding("ZZZ", "ZZZ: no price at all")], source.files_of, folder, tmp_path)
    assert unknown.message == "ZZZ: my prices: no price at all"


def test_a_file_outside_the_books_folder_is_named_by_its_whole_path(tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("date,symbol,close\n2021-05-27,AAA,40\n")
    (told,) = in_files([finding()], FilesSource(file, "raw").files_of, file, tmp_path / "books")
    assert told.message == f"AAA: {file}: a price is wrong"


def test_a_symbol_without_any_price_names_the_files_that_were_read(tmp_path: Path, monkeypatch) -> None:
    """As a book beside them does, also where the book was named from its own folder."""
    frame = clean_bars()
    found = [f for f in price_findings(frame, context_of(frame, symbols=(*SYMBOLS, "NO"))) if f.symbol == "NO"]
    found = [f for f in found if f.check == "no_prices"]
    monkeypatch.chdir(tmp_path)
    for base in (tmp_path, Path()):
        (named,) = in_files(found, lambda _: (), tmp_path / "prices.csv", base)
        assert named.message.startswith("NO: prices.csv: no price at all in the data")
