"""Settings of prices that contradict each other are refused with the field, the value and what to write instead."""

import pytest
from book_desk import SECTORS, SHORTEST, complaints, load

CONTRADICTIONS = {
    "files of another source": (
        "data: {source: alpaca, daily_path: x.csv}",
        'x.yaml:4: data.daily_path = "x.csv"',
        "remove it, or set source: files",
    ),
    "another source's section": (
        "data:\n  source: ibkr\n  alpaca: {feed: iex}",
        "x.yaml:6: data.alpaca",
        "only `source: alpaca` reads it; remove it, or set source: alpaca",
    ),
    "TWS settings of the sample": (
        "data: {ibkr: {client_id: 5}}",
        "x.yaml:4: data.ibkr",
        "remove it, or set source: ibkr",
    ),
    "raw prices of Interactive Brokers": (
        "data: {source: ibkr, adjustment: raw}",
        'x.yaml:4: data.adjustment = "raw"',
        "set adjustment: split, or set adjustment: split_and_dividend",
    ),
    "one client id for prices and orders": (
        "broker: {name: ibkr, ibkr: {client_id: 7}}\ndata: {source: ibkr, ibkr: {client_id: 7}}",
        "x.yaml:5: data.ibkr.client_id = 7",
        "broker.ibkr.client_id has the same number at the same place; give each a number of its own",
    ),
    "the client id of a part": (
        "broker:\n  name: several\n  parts: {a: {name: alpaca}, i: {name: ibkr, ibkr: {port: 4002, client_id: 72}}}\n"
        "data: {source: ibkr}",
        "x.yaml:7: data.ibkr.client_id = 72",
        "broker.parts.i.ibkr.client_id has the same number at the same place",
    ),
}


@pytest.mark.parametrize(("lines", "start", "remedy"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_settings_of_prices_that_do_not_go_together_are_refused(tmp_path, lines, start, remedy):
    [sentence] = complaints(tmp_path, SECTORS + lines + "\n")
    assert sentence.startswith(start)
    assert remedy in sentence


def test_two_connections_to_one_tws_with_two_numbers_are_fine(tmp_path):
    lines = "broker: {name: ibkr, ibkr: {client_id: 7}}\ndata: {source: ibkr, ibkr: {client_id: 8}}\n"
    assert load(tmp_path, SHORTEST + lines).book.data.ibkr.client_id == 8
