"""Share classes go by many spellings, and HEI is not HEI.A."""

from datetime import date
from pathlib import Path

import pytest

from tasks.market_data.file_source import FilesSource
from tasks.market_data.spelling import in_the_spelling_of, matched
from tasks.model.plan import Severity

DAY = date(2021, 1, 4)


def folder_of(folder: Path, **closes: float) -> FilesSource:
    """One file a name, `HEI__A` for HEI.A.csv; each with one close."""
    for name, close in closes.items():
        (folder / f"{name.replace('__', '.')}.csv").write_text(f"date,close,volume\n2021-01-04,{close},1\n")
    return FilesSource(folder, "split")


def read(opened: FilesSource, *symbols: str) -> dict[str, float]:
    bars = opened.daily_bars(symbols, DAY, DAY)
    return dict(zip(bars["symbol"], bars["close"], strict=True))


def test_a_class_share_in_a_file_of_its_own_is_not_the_common_share(tmp_path):
    opened = folder_of(tmp_path, HEI__A=100.0)
    assert read(opened, "HEI") == {}
    assert read(opened, "HEI.A") == {"HEI.A": 100.0}


def test_both_classes_resolve_exactly_where_both_are_there(tmp_path):
    opened = folder_of(tmp_path, HEI=130.0, HEI__A=100.0)
    assert read(opened, "HEI", "HEI.A") == {"HEI": 130.0, "HEI.A": 100.0}
    assert opened.findings(["HEI", "HEI.A"]) == []


@pytest.mark.parametrize("name", ["BRK.B", "BRK-B", "BRK B", "BRK_B", "brk-b", "brk-b.us", "brk_b_us_d"])
@pytest.mark.parametrize("symbol", ["BRK.B", "BRK-B", "BRK/B", "BRK B"])
def test_a_class_share_is_found_under_every_spelling_and_the_finding_names_the_file(tmp_path, name, symbol):
    (tmp_path / f"{name}.csv").write_text("date,close\n2021-01-04,230\n")
    opened = FilesSource(tmp_path, "split")
    assert read(opened, symbol) == {symbol: 230.0}
    told = [finding.message for finding in opened.findings([symbol])]
    assert told == ([] if name == symbol else [f"{symbol}: {name!r} in {name}.csv was taken for it"])


def test_the_columns_of_a_wide_file_and_the_rows_of_actions_and_minutes_are_matched_too(tmp_path):
    wide, actions = tmp_path / "wide.csv", tmp_path / "actions.csv"
    wide.write_text("date,BF/B,AAA\n2021-01-04,70,1\n")
    actions.write_text("ex_date,symbol,kind,value\n2021-01-04,BF B,split,2\n")
    minutes = tmp_path / "minutes.csv"
    minutes.write_text("ts,symbol,open,high,low,close,volume\n2021-01-04T15:00:00Z,BF-B,70,70,70,70,5\n")
    opened = FilesSource(wide, "split", minutes, actions)
    assert read(opened, "BF.B", "AAA") == {"BF.B": 70.0, "AAA": 1.0}
    assert opened.corporate_actions(["BF.B"], DAY, DAY)["symbol"].tolist() == ["BF.B"]
    bars = opened.intraday_bars(["BF.B"], DAY)
    assert bars is not None
    assert bars["symbol"].tolist() == ["BF.B"]


def test_two_spellings_beside_the_exact_one_leave_the_others_out_and_say_so(tmp_path):
    (tmp_path / "BRK.B.csv").write_text("date,close\n2021-01-04,230\n")
    (tmp_path / "BRK-B.csv").write_text("date,close\n2021-01-04,999\n")
    opened = FilesSource(tmp_path, "split")
    assert read(opened, "BRK.B") == {"BRK.B": 230.0}
    (finding,) = opened.findings(["BRK.B"])
    assert (finding.severity, finding.check) == (Severity.WARN, "spelled_twice")
    assert "'BRK-B' in BRK-B.csv was left out" in finding.message


def test_two_spellings_without_the_exact_one_are_not_guessed_between(tmp_path):
    (tmp_path / "BRK_B.csv").write_text("date,close\n2021-01-04,230\n")
    (tmp_path / "BRK-B.csv").write_text("date,close\n2021-01-04,999\n")
    opened = FilesSource(tmp_path, "split")
    assert read(opened, "BRK.B") == {}
    (finding,) = opened.findings(["BRK.B"])
    assert (finding.severity, finding.check, finding.symbol) == (Severity.HALT, "unclear_spelling", "BRK.B")


def test_rows_in_another_case_are_the_same_share_and_are_mentioned(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("date,symbol,close\n2021-01-04,CRM,220\n2021-01-05,Crm,221\n")
    opened = FilesSource(path, "split")
    bars = opened.daily_bars(["CRM"], DAY, date(2021, 1, 5))
    assert bars[["symbol", "close"]].to_numpy().tolist() == [["CRM", 220.0], ["CRM", 221.0]]
    assert [finding.message for finding in opened.findings(["CRM"])] == ["CRM: 'Crm' in prices.csv was taken for it"]


def test_a_name_that_was_asked_for_itself_is_taken_for_no_other():
    found = matched(["BRK.B", "BRK-B"], ["BRK-B"])
    assert found.taken == {"BRK-B": "BRK-B"}


def test_a_word_of_a_list_is_understood_in_the_books_spelling():
    assert in_the_spelling_of(["BRK.B", "AAPL"], "brk-b") == "BRK.B"
    assert in_the_spelling_of(["HEI"], "HEI.A") == "HEI.A"
