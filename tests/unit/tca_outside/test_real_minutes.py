"""`steelyard tca` on real minutes of BAC and AIG: how near its VWAP is to that of every trade, and what spoils it."""

from decimal import Decimal

import pandas as pd
import pytest

from tests.unit.tca.real_ticks import Interval, bps, folder, instant, intervals, minutes
from tests.unit.tca_outside.outside_desk import HEAD, Found, analysed, fills

HEAD_OF_ORDERS = "order_id,symbol,side,shares,arrival_at,ended_at"


def minute_file(rows: pd.DataFrame) -> str:
    return rows.rename(columns={"ts": "start"}).to_csv(index=False)


def minutes_of(symbol: str, day: str) -> pd.DataFrame:
    found = minutes()
    return found[(found["symbol"] == symbol) & (found["session_date"] == day)].drop(columns="session_date")


def one_share_of(one: Interval, number: int) -> tuple[str, str]:
    """An order over the whole window that buys one share of two, so that its window is the interval's."""
    start, end = one.start.isoformat(), one.end.isoformat()
    fill = f"{number},O{number},{one.symbol},BUY,1,{one.vwap},{start},0,X"
    return f"O{number},{one.symbol},BUY,2,{start},{end}", fill


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Found:
    rows = [one_share_of(one, number) for number, one in enumerate(intervals())]
    orders = "\n".join([HEAD_OF_ORDERS, *(order for order, _ in rows)]) + "\n"
    prices = minute_file(minutes().query("symbol in ['AIG', 'BAC']").drop(columns="session_date"))
    return analysed(tmp_path_factory.mktemp("minutes"), fills(*(fill for _, fill in rows)), orders, prices)


def test_the_vwap_of_typical_prices_is_the_oracles_of_minutes(found):
    assert found.left_out == []
    for number, one in enumerate(intervals()):
        row = found.order(f"O{number}")
        ours = Decimal(row["interval VWAP price"])
        assert abs(bps(ours, one.minute_vwap)) < 0.01
        assert bps(ours, one.clean_vwap) == pytest.approx(one.minute_error_bps, abs=0.01)


def test_minutes_are_about_a_bp_off_the_vwap_of_every_trade_as_is_said_of_them(found):
    """38 of 40 intervals within a bp; the two others are single hours of AIG."""
    errors = [
        abs(bps(Decimal(found.order(f"O{number}")["interval VWAP price"]), one.clean_vwap))
        for number, one in enumerate(intervals())
    ]
    assert sum(error < 1 for error in errors) == 38
    assert max(errors) < 2.4


DAY = "2013-10-08"
AUCTION = 2_631_493
LAST_MINUTE = (
    f"{HEAD_OF_ORDERS}\nA,BAC,BUY,1000,{instant(DAY, '15:59').isoformat()},{instant(DAY, '15:59:50').isoformat()}\n"
)
BOUGHT = f"1,A,BAC,BUY,1000,13.72,{instant(DAY, '15:59:30').isoformat()},0,X"


def with_auction_apart(rows: pd.DataFrame) -> pd.DataFrame:
    """The auction's print at 16:00 on a row of its own, and out of the 15:59 minute's volume, low and close."""
    close = pd.Timestamp(instant(DAY, "16:00")).tz_convert("UTC")
    last = rows["ts"] == close - pd.Timedelta(minutes=1)
    rows = rows.assign(auction="")
    rows.loc[last, "volume"] -= AUCTION
    rows.loc[last, ["low", "close"]] = 13.71
    print_ = dict.fromkeys(("open", "high", "low", "close"), 13.69)
    row = {"ts": close, "symbol": "BAC", "volume": AUCTION, "auction": "close", **print_}
    return pd.concat([rows, pd.DataFrame([row])], ignore_index=True)


def test_an_auction_inside_the_last_minute_doubles_its_volume_and_lowers_its_price(tmp_path):
    """5.13 m shares at the minute's typical price 13.70, of which 2.63 m were the auction's at 13.69."""
    rows = minutes_of("BAC", DAY)
    inside = analysed(tmp_path, fills(BOUGHT), LAST_MINUTE, minute_file(rows)).order("A")
    (tmp_path / "apart").mkdir()
    apart = analysed(tmp_path / "apart", fills(BOUGHT), LAST_MINUTE, minute_file(with_auction_apart(rows))).order("A")
    assert (inside["interval VWAP price"], apart["interval VWAP price"]) == ("13.700000", "13.713333")
    volumes = [round(1000 / float(row["participation"]), -5) for row in (inside, apart)]
    assert volumes == [5_100_000, 2_500_000]
    assert apart["close price"] == "13.690000"


def prints_of(day: str, clock: str) -> pd.DataFrame:
    return minutes_of("BAC", day).query("ts == @at", local_dict={"at": pd.Timestamp(instant(day, clock))})


def test_a_late_print_is_in_neither_range_nor_typical_price_of_its_minute():
    """So typical prices are of the market alone: 1.55 m shares at 13.56 weigh as if they had traded within it."""
    late = prints_of("2013-10-09", "15:43").iloc[0]
    assert late["volume"] > 1_550_700
    assert late["low"] > 13.8


SPLIT_HEAD = "order_id,symbol,side,shares,decided_at,decision_price,arrival_at,arrival_price,ended_at,end_price"


def split_prices() -> tuple[Decimal, Decimal]:
    """AAPL's raw closes before and on 2014-06-09, when one share became seven."""
    found = pd.read_parquet(folder() / "daily/lean_raw_with_factors_1998_2021.parquet")
    aapl = found[found["symbol"] == "AAPL"].assign(day=found["date"].astype(str)).set_index("day")["close"]
    return Decimal(str(aapl["2014-06-06"])), Decimal(str(aapl["2014-06-09"]))


@pytest.mark.parametrize(("basis", "delay"), [(1, "-386309.00"), (7, "1033.00")])
def test_an_order_decided_before_a_split_is_measured_by_the_prices_as_the_file_has_them(tmp_path, basis, delay):
    """No split is looked for: 645.57 against 93.70 is a gain of 85 %, and only 645.57 / 7 the real delay of 160 bps."""
    before, after = split_prices()
    orders = (
        f"{SPLIT_HEAD}\nA,AAPL,BUY,700,2014-06-06T20:00:00Z,{before / basis:.6f},2014-06-09T13:35:00Z,{after},"
        f"2014-06-09T20:00:00Z,{after}\n"
    )
    row = analysed(tmp_path, f"{HEAD}\n1,A,AAPL,BUY,700,{after},2014-06-09T14:00:00Z,0,X\n", orders).order("A")
    assert [row[f"{part}_usd"] for part in ("delay", "trading", "opportunity")] == [delay, "0.00", "0.00"]
