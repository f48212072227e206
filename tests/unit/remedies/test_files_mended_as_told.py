"""Whoever does what the refusal of a file says has a file that is read: universe, weights, prices, actions."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.book.data import UniverseSettings
from tasks.book.targets import ObjectiveSettings
from tasks.errors import BadDataError, ConfigError
from tasks.market_data.action_files import actions_of
from tasks.market_data.file_source import FilesSource
from tasks.market_data.file_tables import read_table
from tasks.market_data.universe import load_universe
from tasks.targets.given_weights import given_weights


def universe(path: Path) -> object:
    return load_universe(UniverseSettings(file=Path(path.name)), path.parent)


def weights(path: Path) -> object:
    return given_weights(ObjectiveSettings(kind="track", weights_file=Path(path.name)), path.parent)


def prices(path: Path) -> object:
    opened = FilesSource(path, "split")
    return opened.daily_bars(opened.symbols(), *opened.available())


def actions(path: Path) -> object:
    return actions_of(read_table(path))


LONG = "date,symbol,close\n"
ACTIONS = "ex_date,symbol,kind,value\n"
CASES: dict[str, tuple[Callable[[Path], object], str, str, tuple[str, str]]] = {
    "a universe without symbols": (
        universe,
        "ticker\nAAPL\n",
        "name the column of symbols `symbol`",
        ("ticker", "symbol"),
    ),
    "a column too many": (universe, "symbol,beta\nAAPL,1\n", "Remove it", (",beta|,1", "")),
    "a symbol twice": (universe, "symbol\nAAPL\nAAPL\n", "name each symbol once", ("AAPL\n", "")),
    "a share class twice": (universe, "symbol\nBRK.B\nBRK-B\n", "keep one of them", ("BRK-B\n", "")),
    "a symbol in small letters": (
        universe,
        "symbol\naapl\n",
        "use capital letters, digits, `.` and `-`",
        ("aapl", "AAPL"),
    ),
    "an endless score": (universe, "symbol,esg_score\nAAPL,inf\n", "leave unknown ones blank", ("inf", "")),
    "less carbon than none": (universe, "symbol,carbon_intensity\nAAPL,-5\n", "leave unknown blank", ("-5", "")),
    "a universe with a gap": (universe, "symbol,sector\n,Energy\n", "fill it in", ("\n,", "\nXOM,")),
    "other names of weights": (
        weights,
        "ticker,weight\nAAPL,5\n",
        "name them symbol,weight_pct",
        ("ticker,weight", "symbol,weight_pct"),
    ),
    "a weight twice": (weights, "symbol,weight_pct\nAAPL,5\nAAPL,6\n", "name each once", ("AAPL,6\n", "")),
    "a word for a weight": (weights, "symbol,weight_pct\nAAPL,much\n", "write e.g. 2.5", ("much", "2.5")),
    "a weight of basis points": (
        weights,
        "symbol,weight_pct\nAAPL,2500\n",
        "write percent of net asset value, at most 1000",
        ("2500", "25"),
    ),
    "an unlike date": (prices, f"{LONG}2021-02-30,AAA,1\n", "write dates as YYYY-MM-DD", ("2021-02-30", "2021-03-01")),
    "day or month": (prices, f"{LONG}04/05/2021,AAA,1\n", "write dates as YYYY-MM-DD", ("04/05/2021", "2021-05-04")),
    "a word for a price": (
        prices,
        f"{LONG}2021-01-05,AAA,ten\n",
        "write a plain number with a point, without thousands separators or units",
        ("ten", "10.00"),
    ),
    "a column of prices twice": (
        prices,
        "date,symbol,close,close\n2021-01-05,AAA,1,1\n",
        "keep one of them",
        ("(close|1),(close|1)\n", r"\1\n"),
    ),
    "an unknown column": (prices, "date,symbol,close,mood\n2021-01-05,AAA,1,up\n", "or remove it", (",mood|,up", "")),
    "a row too short": (
        prices,
        f"{LONG}2021-01-05,AAA\n",
        "give every row as many fields as the header",
        ("AAA\n", "AAA,1\n"),
    ),
    "a header alone": (prices, LONG, "export it again", (r"\Z", "2021-01-05,AAA,1\n")),
    "no header": (prices, "\n2021-01-05,AAA,1\n", "it must name the columns", ("^\n", LONG)),
    "a price without a symbol": (prices, f"{LONG}2021-01-05,,1\n", "fill it in", (",,", ",AAA,")),
    "a split into nothing": (
        actions,
        f"{ACTIONS}2021-01-05,AAA,split,0\n",
        "give new shares per old for a split, USD per share for a dividend",
        (",0\n", ",2\n"),
    ),
}
"""Who reads it, the file, what its refusal ends with, and what a person who does that changes into what, everywhere."""


@pytest.mark.parametrize(("read", "text", "remedy", "change"), CASES.values(), ids=CASES.keys())
def test_whoever_does_what_a_refusal_says_has_a_file_that_is_read(
    tmp_path: Path, read: Callable[[Path], object], text: str, remedy: str, change: tuple[str, str]
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    with pytest.raises((ConfigError, BadDataError)) as refused:
        read(path)
    assert str(refused.value).endswith(remedy), refused.value
    old, new = change
    once = len(re.findall(old, text)) > 1 and not new and "|" not in old  # of two lines that say the same, one stays
    path.write_text(re.sub(old, new, text, count=1 if once or old == "^\n" else 0))
    read(path)


def test_a_file_in_another_encoding_is_read_once_it_is_saved_as_told(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(f"{LONG}2021-01-05,Ä,1\n".encode("latin-1"))
    with pytest.raises(BadDataError, match="save it as UTF-8"):
        prices(path)
    path.write_text(f"{LONG}2021-01-05,AAA,1\n", encoding="UTF-8")
    prices(path)


def test_prices_under_another_ending_are_read_under_the_one_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "prices.xlsx"
    path.write_text(f"{LONG}2021-01-05,AAA,1\n")
    with pytest.raises(BadDataError, match=r"use a file ending in (\S+),") as refused:
        prices(path)
    ending = str(refused.value).partition("ending in ")[2].partition(",")[0]
    prices(path.rename(tmp_path / f"prices{ending}"))


def test_an_empty_folder_is_read_once_prices_are_put_there(tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match="put the prices there"):
        prices(tmp_path)
    (tmp_path / "prices.csv").write_text(f"{LONG}2021-01-05,AAA,1\n")
    prices(tmp_path)


def test_each_kind_of_action_that_is_told_is_read(tmp_path: Path) -> None:
    path = tmp_path / "actions.csv"
    path.write_text(f"{ACTIONS}2021-01-05,AAA,gift,1\n")
    with pytest.raises(BadDataError, match="unknown kind; use ") as refused:
        actions(path)
    for kind in re.findall(r"`(\w+)`", str(refused.value)):
        path.write_text(f"{ACTIONS}2021-01-05,AAA,{kind},1\n")
        actions(path)
