"""Books and data that nobody tried before: what went wrong with them once, run end to end."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from flows.cli.options import parse_day
from flows.commands.approve import show_breaks
from tasks.errors import BadDataError, ConfigError
from tasks.market_data import calendar
from tests.flows.conftest import ROOT, small_book
from tests.flows.worlds import journal_rows

Run = Callable[..., dict[str, Any]]
DAYS = [stamp.date() for stamp in calendar.sessions_between(date(2022, 1, 3), date(2022, 12, 28))]
SPLIT_DAY = DAYS[150]
RAW_BOOK = """
book: raw
mode: full_auto
broker:
  account: raw
  simulated: {opening_cash_usd: 20000, opening_shares: {AAA: 100, BBB: 400}}
universe: {symbols: [AAA, BBB, CCC]}
data: {source: files, daily_path: raw.csv, actions_path: actions.csv, adjustment: raw, lookback_sessions: 100}
quality: {stale_run: 4}
objective: {kind: track, weights_pct: {AAA: 40, BBB: 30, CCC: 29}}
costs: {assumed_adv_usd: 500000000}
execution: {waves: 2, algorithm: twap}
risk: {max_order_nav_pct: 60, max_position_pct: 60}
"""


@pytest.fixture
def run(desk_home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The flow in this process, against the server of the tests: start-up is paid once."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    from flows.rebalance import rebalance

    monkeypatch.setenv("STEELYARD_HOME", desk_home["STEELYARD_HOME"])
    with temporary_settings({PREFECT_API_URL: desk_home["PREFECT_API_URL"]}):
        yield lambda book, session, **more: cast("dict[str, Any]", rebalance(book=book, session=session, **more))


def changed_book(folder: Path, *changes: tuple[str, str]) -> Path:
    """The small book with some of its lines replaced."""
    path = small_book(folder)
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def raw_prices(folder: Path) -> Path:
    """A book over raw closes: AAA splits 7 for 1 on SPLIT_DAY, BBB goes ex a dividend on the session after it."""
    noise = np.random.default_rng(3).normal(0, 0.01, (len(DAYS), 3))
    closes = np.array([700.0, 50.0, 80.0]) * np.exp(noise.cumsum(axis=0))
    closes[DAYS.index(SPLIT_DAY) :, 0] /= 7
    pd.DataFrame(closes.round(2), columns=["AAA", "BBB", "CCC"]).assign(date=DAYS).to_csv(
        folder / "raw.csv", index=False
    )
    after = DAYS[DAYS.index(SPLIT_DAY) + 1]
    (folder / "actions.csv").write_text(
        f"ex_date,symbol,kind,value\n{SPLIT_DAY},AAA,split,7\n{after},BBB,dividend,0.40\n"
    )
    book = folder / "raw.yaml"
    book.write_text(RAW_BOOK)
    return book


def test_raw_prices_go_through_a_split_and_a_mended_ex_date_without_a_break(
    run: Run, tmp_path: Path, desk_home: dict[str, str]
) -> None:
    place = DAYS.index(SPLIT_DAY)
    book = raw_prices(tmp_path)
    for session in DAYS[place - 1 : place + 1]:
        assert run(book, session)["breaks"] == 0
    prices = (tmp_path / "raw.csv").read_text()
    (tmp_path / "raw.csv").write_text(prices.replace(f"{DAYS[place - 20]}", "2022-01-01"))
    with pytest.raises(BadDataError):
        run(book, DAYS[place + 1])  # the dividend's ex-date, stopped before holdings were read
    (tmp_path / "raw.csv").write_text(prices)  # mended where the next download no longer looks
    told = run(book, DAYS[place + 2])  # the newest close is the one after the split
    assert (told["status"], told["breaks"]) == ("done", 0)
    kinds = journal_rows(desk_home["STEELYARD_HOME"], "SELECT kind FROM ledger_entries WHERE kind <> 'opening'")
    assert sorted(kinds) == [("dividend",), ("split",)]


def test_a_limit_on_the_net_weight_may_bind_to_the_solvers_last_digit(run: Run, tmp_path: Path) -> None:
    book = changed_book(
        tmp_path,
        ("  kind: track\n  weights_pct: {AAPL: 20, KO: 20, XOM: 20, PG: 20, JNJ: 19}", "  kind: minimum_variance"),
        ("cash_reserve_pct: 1", "cash_reserve_pct: 1, min_net_pct: 95"),
        ("risk: {", "risk: {max_run_turnover_pct: 200, "),
    )
    assert run(book, date(2022, 12, 28), until="plan")["status"] == "planned"


def test_what_is_held_outside_the_universe_is_not_told_as_cash(
    run: Run, tmp_path: Path, desk_home: dict[str, str]
) -> None:
    book = changed_book(tmp_path, ("opening_shares: {AAPL", "opening_shares: {WMT: 300, AAPL"))
    assert run(book, date(2022, 12, 28), until="plan")["status"] == "planned"
    rows = journal_rows(desk_home["STEELYARD_HOME"], "SELECT symbol, current_weight, target_weight FROM targets")
    weights = {symbol: (current, target) for symbol, current, target in rows}
    assert 0.2 < weights["WMT"][0] == weights["WMT"][1]
    assert 0.0 < weights["CASH"][0] < 0.2
    assert sum(current for current, _ in weights.values()) == pytest.approx(1)


def test_two_books_cannot_share_an_account(run: Run, tmp_path: Path) -> None:
    assert run(small_book(tmp_path), date(2022, 12, 27), until="plan")["status"] == "planned"
    second = changed_book(tmp_path, ("book: small", "book: second"))
    with pytest.raises(ConfigError, match="account small already belongs to book small"):
        run(second, date(2022, 12, 28))


@pytest.mark.parametrize("name", ["index", "long_short"])
def test_the_example_books_can_build_their_first_session(run: Run, name: str) -> None:
    told = run(ROOT / "books" / f"{name}.yaml", date(2022, 12, 28), until="plan")
    assert told["status"] == "planned"


def test_a_wrong_date_and_an_unknown_book_are_wrong_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="--session 12/23/2022 is not a date"):
        parse_day("12/23/2022")
    with pytest.raises(ConfigError, match="no session of book `nosuch`"):
        show_breaks("nosuch", as_json=True)
