"""Arrival, end and benchmarks come from bars or daily prices where the orders' file names none."""

import pytest

from tests.unit.tca_outside.outside_desk import analysed, fills

ORDERS = "order_id,symbol,side,shares,arrival_at,ended_at\nA,ABC,BUY,1000,{arrival},2022-06-15T14:03:30Z\n"
BARS = """symbol,start,open,high,low,close,volume
ABC,2022-06-15T14:00:00Z,10.00,10.10,9.90,10.05,1000
ABC,2022-06-15T14:01:00Z,10.05,10.20,10.05,10.20,2000
ABC,2022-06-15T14:02:00Z,10.20,10.30,10.10,10.10,3000
ABC,2022-06-15T14:03:00Z,10.10,10.40,10.10,10.40,4000
"""
ONE = "1,A,ABC,BUY,600,10.15,2022-06-15T14:02:30Z,0,X"
DAILY = "ticker,date,open,close\nABC,2022-06-14,9.00,9.50\nABC,2022-06-15,9.90,10.40\n"


def with_bars(folder, arrival="2022-06-15T14:01:00Z", bars=BARS, **known):
    return analysed(folder, fills(ONE), ORDERS.format(arrival=arrival), prices=bars, **known)


@pytest.mark.parametrize(
    ("arrival", "price"),
    [
        ("2022-06-15T14:01:00Z", "10.05"),
        ("2022-06-15T14:01:59Z", "10.05"),
        ("2022-06-15T14:02:00Z", "10.20"),
        ("2022-06-15T13:00:00Z", "10.00"),
    ],
)
def test_the_arrival_price_is_the_last_close_before_or_the_first_open(tmp_path, arrival, price):
    row = with_bars(tmp_path, arrival).order("A")
    assert (row["arrival_price"], row["arrival_price_source"]) == (price, "from the prices")


def test_a_named_arrival_price_wins_over_the_market(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_at,arrival_price\nA,ABC,BUY,1000,2022-06-15T14:01:00Z,10.07\n"
    row = analysed(tmp_path, fills(ONE), orders, prices=BARS).order("A")
    assert (row["arrival_price"], row["arrival_price_source"]) == ("10.07", "named in the file")


def test_without_a_decision_delay_is_not_known_and_the_shortfall_starts_at_the_arrival(tmp_path):
    """600 x (10.15 - 10.05) paid, and 400 x (10.10 - 10.05) missed by 14:03:30."""
    row = with_bars(tmp_path).order("A")
    assert [row[name] for name in ("delay_usd", "trading_usd", "opportunity_usd", "total_usd")] == [
        "", "60.00", "20.00", "80.00",
    ]  # fmt: skip
    assert (row["decided_at"], row["decision_price"], row["paper_notional_usd"]) == ("", "", "10050.00")


def test_the_interval_vwap_is_of_the_bars_from_arrival_to_end(tmp_path):
    """Typical prices 10.15, 10.166667 and 10.30 by 2,000, 3,000 and 4,000 shares."""
    row = with_bars(tmp_path).order("A")
    assert row["interval VWAP price"] == "10.222222"
    assert row["participation"] == "0.066667"


def test_a_vwap_of_the_prices_file_is_used_as_it_is(tmp_path):
    bars = "\n".join(line + (",vwap" if place == 0 else ",10.11") for place, line in enumerate(BARS.splitlines()))
    assert with_bars(tmp_path, bars=bars).order("A")["interval VWAP price"] == "10.110000"


def test_the_time_of_a_bar_may_be_its_end(tmp_path):
    row = with_bars(tmp_path, columns="bar_time: end", arrival="2022-06-15T14:01:00Z").order("A")
    assert row["arrival_price"] == "10.20"


def test_daily_prices_give_open_close_and_previous_close_alone(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_at,arrival_price\nA,ABC,BUY,1000,2022-06-15T14:01:00Z,10.07\n"
    row = analysed(tmp_path, fills(ONE), orders, prices=DAILY).order("A")
    assert [row[f"{name} price"] for name in ("previous close", "open", "close")] == [
        "9.500000",
        "9.900000",
        "10.400000",
    ]
    assert row["interval VWAP price"] == ""


def test_the_close_values_what_was_not_filled_where_no_end_price_is_known(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_at,arrival_price\nA,ABC,BUY,1000,2022-06-15T14:01:00Z,10.00\n"
    row = analysed(tmp_path, fills(ONE), orders, prices=DAILY).order("A")
    assert (row["end_price"], row["opportunity_usd"]) == ("10.40", "160.00")


def test_an_order_whose_rest_nobody_can_value_is_left_out_of_the_totals_and_said(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_at,arrival_price\nA,ABC,BUY,1000,2022-06-15T14:01:00Z,10.00\n"
    found = analysed(tmp_path, fills(ONE), orders)
    assert found.order("A")["total_usd"] == ""
    assert "no price for the unfilled rest" in found.order("A")["flags"]
    assert found.report["total"]["left_out"] == 1


def test_a_bad_bar_is_named_and_the_others_are_used(tmp_path):
    found = with_bars(
        tmp_path, bars=BARS + "ABC,2022-06-15T14:04:00Z,10,9,11,10,5\nABC,2022-06-15T14:05:00Z,1,1,1,-1,5\n"
    )
    assert found.left_out == [
        ("prices.csv", 6, "low", "above the high"),
        ("prices.csv", 7, "close", "zero or negative"),
    ]
    assert found.order("A")["arrival_price"] == "10.05"


def test_prices_of_other_symbols_are_nobody_s(tmp_path):
    found = with_bars(tmp_path, bars=BARS.replace("ABC", "DEF"))
    assert found.left_out[-1] == ("orders.csv", 2, "arrival_price", "no price to measure from")


def test_orders_of_several_days_are_one_report_with_a_line_each(tmp_path):
    orders = """order_id,symbol,side,shares,arrival_at,arrival_price
A,ABC,BUY,100,2022-06-15T14:00:00Z,10.00
B,ABC,BUY,100,2022-06-16T01:00:00Z,10.00
C,ABC,BUY,100,2022-06-16T14:00:00Z,10.00
"""
    executions = fills(*(f"{n},{n},ABC,BUY,100,10.01,2022-06-16T15:00:00Z,0,X" for n in "ABC"))
    groups = {group["title"]: group["lines"] for group in analysed(tmp_path, executions, orders).report["groups"]}
    assert [(line["name"], line["orders"]) for line in groups["Session"]] == [("2022-06-15", 2), ("2022-06-16", 1)]
    assert set(groups) == {"Session", "Side"}


def test_where_an_order_names_no_end_it_ended_with_its_last_fill(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_at\nA,ABC,BUY,600,2022-06-15T14:01:00Z\n"
    row = analysed(tmp_path, fills(ONE), orders, prices=BARS).order("A")
    assert (row["ended_at"], row["end_price"]) == ("2022-06-15T14:02:30Z", "10.20")


def test_the_summary_says_that_a_delay_is_not_known_and_why(tmp_path):
    sentences = " ".join(with_bars(tmp_path).report["summary"])
    assert "1 order had no decision price or no arrival price; its delay is n/a." in sentences


@pytest.mark.parametrize("bar_time", ["start", "end"])
def test_where_no_symbol_has_two_bars_in_a_session_a_bar_is_a_minute(tmp_path, bar_time):
    bars = "\n".join(BARS.splitlines()[:2]) + "\n"
    row = with_bars(tmp_path, bars=bars, columns=f"bar_time: {bar_time}").order("A")
    assert (row["arrival_price"], row["arrival_price_source"]) == ("10.05", "from the prices")


@pytest.mark.parametrize(
    ("bar", "field", "problem"),
    [
        ("10,11,10,9.99,5,2022-06-15T14:05:00Z", "close", "below the low"),
        ("10,11,10,11.01,5,2022-06-15T14:05:00Z", "close", "above the high"),
        ("9.99,11,10,10,5,2022-06-15T14:05:00Z", "open", "below the low"),
        ("11.01,11,10,10,5,2022-06-15T14:05:00Z", "open", "above the high"),
        ("10,11,10,10,5,2022-06-15T14:03:59Z", "end", "ends before it starts"),
    ],
)
def test_a_bar_that_contradicts_itself_is_left_out_and_named(tmp_path, bar, field, problem):
    lines = [f"{line}," for line in BARS.splitlines()[1:]]
    bars = "\n".join([f"{BARS.splitlines()[0]},end", *lines, f"ABC,2022-06-15T14:04:00Z,{bar}"]) + "\n"
    assert with_bars(tmp_path, bars=bars).left_out == [("prices.csv", 6, field, problem)]


def test_bars_that_overlap_are_counted_with_a_remark(tmp_path):
    bars = BARS.replace("volume", "volume,end").replace("1000\n", "1000,2022-06-15T14:01:30Z\n")
    bars = bars.replace("2000\n", "2000,\n").replace("3000\n", "3000,\n").replace("4000\n", "4000,\n")
    found = with_bars(tmp_path, bars=bars)
    assert found.left_out == []
    assert found.in_doubt == [("prices.csv", 3, "time", "overlaps an earlier bar of its symbol")]


def test_bars_that_follow_each_other_and_auctions_among_them_overlap_nothing(tmp_path):
    lines = [f"{line}," for line in BARS.splitlines()[1:]]
    auction = "ABC,2022-06-15T14:02:00Z,10.20,10.20,10.20,10.20,9,close"
    bars = "\n".join([f"{BARS.splitlines()[0]},auction", *lines, auction]) + "\n"
    assert with_bars(tmp_path, bars=bars).problems == []


TWO = "order_id,symbol,side,shares,arrival_at,arrival_price,end_price\nA,ABC,BUY,1000,2022-06-15T14:01:00Z,10.00,\n"


def test_the_summary_says_of_which_orders_its_value_is_where_some_are_left_out_of_totals(tmp_path):
    orders = TWO + "B,ABC,BUY,100,2022-06-15T14:01:00Z,10.00,\n"
    executions = fills(ONE, "2,B,ABC,BUY,100,10.15,2022-06-15T14:02:30Z,0,X")
    assert analysed(tmp_path, executions, orders).report["summary"][:3] == [
        "2 orders: 1 filled in full, 1 in part, 0 not at all.",
        "1 order had no price for its unfilled rest and is left out of every total.",
        "The other 1 order is worth $1,000.00 at decision prices; 100.00 % of its value was executed.",
    ]


def test_the_summary_gives_no_value_where_every_order_is_left_out_of_totals(tmp_path):
    sentences = analysed(tmp_path, fills(ONE), TWO).report["summary"]
    assert sentences[0] == "1 order: 0 filled in full, 1 in part, 0 not at all."
    assert "worth" not in " ".join(sentences)
