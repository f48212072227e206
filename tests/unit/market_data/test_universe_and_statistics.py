"""The universe file, and the figures made of daily bars."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from price_world import FIRST, LAST, bars

from tasks.book.data import UniverseSettings
from tasks.errors import BadDataError, ConfigError
from tasks.market_data import calendar
from tasks.market_data.statistics import average_daily_volume, daily_volatility, returns_matrix
from tasks.market_data.universe import UNIVERSE_COLUMNS, load_universe

MADE = bars()
SESSIONS = calendar.sessions_between(FIRST, LAST)


def from_file(folder: Path, text: str) -> pd.DataFrame:
    (folder / "universe.csv").write_text(text)
    return load_universe(UniverseSettings(file=Path("universe.csv")), folder)


def test_symbols_alone_are_a_universe_of_unknowns(tmp_path):
    universe = load_universe(UniverseSettings(symbols=("AAA", "BRK.B")), tmp_path)
    assert tuple(universe.columns) == UNIVERSE_COLUMNS
    assert universe["symbol"].tolist() == ["AAA", "BRK.B"]
    assert universe[["sector", "esg_score", "carbon_intensity"]].isna().all(axis=None)


def test_a_file_gives_sectors_and_figures_and_leaves_blanks_unknown(tmp_path):
    universe = from_file(tmp_path, "symbol,sector,esg_score,carbon_intensity\nAAA,Energy,3,120.5\nBBB,,,\n")
    assert universe["sector"].tolist()[0] == "Energy"
    assert universe["carbon_intensity"].tolist()[0] == 120.5
    assert universe.loc[1, ["sector", "esg_score", "carbon_intensity"]].isna().all()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ticker\nAAA\n", "name the column of symbols `symbol`"),
        ("symbol,sectr\nAAA,x\n", "unknown column sectr"),
        ("symbol\nAAA\nAAA\n", "AAA named twice"),
        ("symbol\nBRK.B\nBRK-B\n", "BRK.B and BRK-B are one share in two spellings"),
        ("symbol,sector\n,x\n", "data row 1"),
        ("symbol\naaa\n", "'aaa' cannot be a symbol"),
        ("symbol,carbon_intensity\nAAA,high\n", "'carbon_intensity', data row 1: 'high'"),
        ("symbol,carbon_intensity\nAAA,-3\n", "cannot be negative"),
        ("symbol,esg_score\nAAA,inf\n", "infinite"),
        ("symbol\n", "no rows"),
    ],
)
def test_a_wrong_universe_file_is_refused(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        from_file(tmp_path, text)


def test_a_missing_universe_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.csv does not exist"):
        load_universe(UniverseSettings(file=Path("gone.csv")), tmp_path)


def test_returns_compound_back_to_the_closes():
    returns = returns_matrix(MADE, ["BBB", "AAA"], SESSIONS)
    closes = MADE.pivot(index="session", columns="symbol", values="close")[["BBB", "AAA"]].to_numpy()
    assert returns.shape == (len(SESSIONS) - 1, 2)
    np.testing.assert_allclose(closes[0] * np.cumprod(1 + returns, axis=0)[-1], closes[-1], rtol=1e-12)


def test_a_gap_returns_nothing_and_then_the_whole_move():
    days = calendar.sessions_between(FIRST, LAST)[:4]
    frame = bars(["AAA"]).head(4).assign(close=[10.0, np.nan, 12.0, 12.0])
    assert returns_matrix(frame, ["AAA"], days)[:, 0].tolist() == pytest.approx([0.0, 0.2, 0.0])
    assert returns_matrix(frame.drop(index=1), ["AAA"], days)[:, 0].tolist() == pytest.approx([0.0, 0.2, 0.0])


def test_before_the_first_close_returns_are_zero():
    days = SESSIONS[:4]
    frame = bars(["AAA"]).head(4).assign(close=[np.nan, np.nan, 12.0, 15.0])
    assert returns_matrix(frame, ["AAA"], days)[:, 0].tolist() == pytest.approx([0.0, 0.0, 0.25])


def test_prices_that_are_none_are_refused():
    with pytest.raises(BadDataError, match="no close in the look-back for ZZZ"):
        returns_matrix(MADE, ["AAA", "ZZZ"], SESSIONS)
    for wrong in (0.0, -1.0, np.inf):
        frame = MADE.copy()
        frame.loc[4, "close"] = wrong
        with pytest.raises(BadDataError, match="is no price"):
            returns_matrix(frame, ["AAA", "BBB"], SESSIONS)


def test_average_volume_is_over_the_last_sessions_in_shares_and_dollars():
    shares, usd = average_daily_volume(MADE, ["AAA", "BBB"], window=21)
    last = MADE[MADE["symbol"] == "AAA"].tail(21)
    assert shares["AAA"] == pytest.approx(last["volume"].mean())
    assert usd["AAA"] == pytest.approx((last["volume"] * last["close"]).mean())


def test_without_volumes_the_average_is_unknown_not_zero():
    shares, usd = average_daily_volume(MADE.assign(volume=np.nan), ["AAA"])
    assert np.isnan(shares["AAA"])
    assert np.isnan(usd["AAA"])


def test_volatility_is_the_standard_deviation_of_the_returns():
    returns = returns_matrix(MADE, ["AAA"], SESSIONS)[:, 0]
    assert daily_volatility(MADE, ["AAA"], SESSIONS)["AAA"] == pytest.approx(np.std(returns, ddof=1))
