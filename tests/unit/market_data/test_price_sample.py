"""The bundled sample and the opening of sources."""

from datetime import date
from pathlib import Path

import pytest

from tasks.book.data import DataSettings, UniverseSettings
from tasks.brokers.price_sources import open_source
from tasks.errors import ConfigError
from tasks.market_data import calendar
from tasks.market_data.sample import UNIVERSE_FILE, SampleSource
from tasks.market_data.universe import load_universe
from tasks.ports.prices import DAILY_COLUMNS


def test_the_sample_has_every_session_of_twenty_stocks_over_33_years():
    source = SampleSource()
    bars = source.daily_bars(source.symbols(), *source.available())
    sessions = calendar.sessions_between(date(1990, 1, 2), date(2022, 12, 28))
    assert len(source.symbols()) == 20
    assert len(bars) == 20 * len(sessions)
    assert set(bars["session"].unique()) == set(sessions)
    assert tuple(bars.columns) == DAILY_COLUMNS


def test_only_closes_are_real_so_only_closes_are_given():
    bars = SampleSource().daily_bars(["AAPL"], date(2022, 12, 28), date(2022, 12, 28))
    assert bars["close"].tolist() == [125.674]
    assert bars[["open", "high", "low", "volume"]].isna().all(axis=None)
    assert SampleSource().intraday_bars(["AAPL"], date(2022, 12, 28)) is None


def test_a_symbol_outside_the_sample_is_refused_with_those_inside():
    with pytest.raises(ConfigError, match=r"TSLA not in the bundled sample, which holds AAPL"):
        SampleSource().daily_bars(["AAPL", "TSLA"], date(2022, 1, 3), date(2022, 12, 28))


def test_the_samples_universe_names_its_stocks_with_sectors():
    universe = load_universe(UniverseSettings(file=UNIVERSE_FILE), Path())
    assert tuple(universe["symbol"]) == SampleSource().symbols()
    assert universe["sector"].notna().all()
    assert universe["esg_score"].isna().all()
    assert universe.set_index("symbol").loc["PEP", "carbon_intensity"] == pytest.approx(94.767)


def test_the_default_settings_open_the_sample():
    assert open_source(DataSettings(), Path()).name == "sample"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (DataSettings(source="files"), "data.daily_path"),
        (DataSettings(source="files", daily_path=Path("nowhere.csv")), "nowhere.csv does not exist"),
        (DataSettings(daily_path=Path("mine.csv")), "only for `source: files`"),
        (DataSettings(adjustment="raw"), "data.adjustment: raw"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings, said, tmp_path):
    with pytest.raises(ConfigError, match=said):
        open_source(settings, tmp_path)


def test_paths_are_relative_to_the_book_file(tmp_path):
    (tmp_path / "prices.csv").write_text("date,symbol,close\n2021-01-04,AAA,10\n")
    source = open_source(DataSettings(source="files", daily_path=Path("prices.csv")), tmp_path)
    assert source.available() == (date(2021, 1, 4), date(2021, 1, 4))
