"""Splits and dividends applied to raw bars."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from price_world import bars

from tasks.errors import BadDataError
from tasks.market_data.corporate_actions import adjust
from tasks.market_data.file_source import FilesSource
from tasks.ports.prices import ACTION_COLUMNS


def actions(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=list(ACTION_COLUMNS))
    return made.assign(ex_date=pd.to_datetime(made["ex_date"]))


def three_days(*closes: float) -> pd.DataFrame:
    made = bars(["AAA"], date(2021, 1, 4), date(2021, 1, 6))
    return made.assign(open=closes, high=closes, low=closes, close=closes, volume=100.0)


PRINTED = 0.5e-6 * 1.001
"""The published figures are rounded to six decimals."""
AS_OF = date(2021, 12, 31)


def test_a_split_divides_prices_and_multiplies_volumes_before_its_ex_date():
    after = adjust(three_days(20.0, 22.0, 11.5), actions(("2021-01-06", "AAA", "split", 2.0)), AS_OF)
    assert after["close"].tolist() == [10.0, 11.0, 11.5]
    assert after["volume"].tolist() == [200.0, 200.0, 100.0]


def test_a_dividend_takes_its_share_of_the_close_before_off_earlier_prices_and_leaves_volumes():
    after = adjust(three_days(20.0, 25.0, 24.0), actions(("2021-01-06", "AAA", "dividend", 1.0)), AS_OF)
    assert after["close"].tolist() == pytest.approx([19.2, 24.0, 24.0])
    assert after["volume"].tolist() == [100.0, 100.0, 100.0]


def test_factors_multiply_whatever_the_order_of_the_actions():
    both = actions(("2021-01-05", "AAA", "split", 2.0), ("2021-01-06", "AAA", "dividend", 1.0))
    forward = adjust(three_days(40.0, 20.0, 19.0), both, AS_OF)
    backward = adjust(three_days(40.0, 20.0, 19.0), both.iloc[::-1], AS_OF)
    assert forward["close"].tolist() == pytest.approx([19.0, 19.0, 19.0])
    assert backward["close"].tolist() == pytest.approx([19.0, 19.0, 19.0])


def test_an_action_after_as_of_or_of_another_symbol_changes_nothing():
    raw = three_days(20.0, 22.0, 11.5)
    later = actions(("2021-01-06", "AAA", "split", 2.0), ("2021-01-05", "BBB", "split", 2.0))
    pd.testing.assert_frame_equal(adjust(raw, later, date(2021, 1, 5)), raw)


def test_the_input_is_left_as_it_was():
    raw = three_days(20.0, 22.0, 11.5)
    kept = raw.copy()
    adjust(raw, actions(("2021-01-06", "AAA", "split", 2.0)), AS_OF)
    pd.testing.assert_frame_equal(raw, kept)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("merger", 1.0, "unknown kind"),
        ("split", 0.0, "must be positive"),
        ("dividend", np.nan, "must be positive"),
        ("dividend", 22.0, "not below the close before it"),
    ],
)
def test_an_impossible_action_is_refused(kind, value, said):
    with pytest.raises(BadDataError, match=said):
        adjust(three_days(20.0, 22.0, 21.0), actions(("2021-01-06", "AAA", kind, value)), AS_OF)


def published(symbol: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Raw bars, the actions their published factors imply, and the published adjusted closes."""
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: raw prices with factors are not at hand")
    path = Path(folder) / "daily" / "lean_raw_with_factors_1998_2021.parquet"
    whole = pd.read_parquet(path).query("symbol == @symbol").sort_values("date").reset_index(drop=True)
    raw = FilesSource(path, "raw").daily_bars([symbol], date(1998, 1, 1), date(2021, 12, 31))
    rows = []
    for place in range(1, len(whole)):
        before, after = whole.loc[place - 1], whole.loc[place]
        ratio = after["split_factor"] / before["split_factor"]
        paid = before["close"] * (1 - before["price_factor"] / after["price_factor"])
        if abs(ratio - 1) > 1e-9:
            rows.append((after["date"], symbol, "split", ratio))
        if paid > 1e-9:
            rows.append((after["date"], symbol, "dividend", paid))
    return raw, actions(*rows), whole


@pytest.mark.parametrize("symbol", ["AAPL", "BAC", "SPY", "AIG"])
def test_raw_prices_and_actions_give_the_published_adjusted_closes(symbol):
    raw, implied, whole = published(symbol)
    end = date(2021, 12, 31)
    scale = whole["adj_close"].iloc[-1] / raw["close"].iloc[-1]
    adjusted = adjust(raw, implied, end)["close"].to_numpy() * scale
    np.testing.assert_allclose(adjusted, whole["adj_close"].to_numpy(), rtol=1e-12, atol=PRINTED)
    splits = adjust(raw, implied[implied["kind"] == "split"], end)["close"].to_numpy()
    scale = whole["split_adj_close"].iloc[-1] / raw["close"].iloc[-1]
    np.testing.assert_allclose(splits * scale, whole["split_adj_close"].to_numpy(), rtol=1e-12, atol=PRINTED)


def test_a_file_of_actions_with_a_header_alone_says_that_nothing_has_happened(tmp_path: Path):
    """As a book begins: nothing has become of what it holds."""
    bars(["AAA"], date(2021, 1, 4), date(2021, 1, 6)).to_csv(tmp_path / "bars.csv", index=False)
    (tmp_path / "actions.csv").write_text("ex_date,symbol,kind,value\n")
    source = FilesSource(tmp_path / "bars.csv", "raw", actions=tmp_path / "actions.csv")
    assert source.corporate_actions(["AAA"], date(2021, 1, 4), AS_OF).empty
    assert source.company_events(["AAA"], date(2021, 1, 4), AS_OF) == []
