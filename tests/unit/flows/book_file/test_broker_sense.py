"""Settings of a broker that contradict each other are refused with the field, the value and what to write instead."""

import pytest
from book_desk import SECTORS, SHORTEST, complaints, load

TWO = "  parts:\n    a: {name: alpaca, account: one}\n    i: {name: ibkr, account: DU1}\n"
"""Two brokers, from line 6 on."""

CONTRADICTIONS = {
    "another broker's section": (
        "broker:\n  name: ibkr\n  alpaca: {feed: iex}",
        "x.yaml:6: broker.alpaca",
        "the broker is ibkr, which does not read it; remove it, or set name: alpaca",
    ),
    "TWS settings of the simulated broker": (
        "broker: {ibkr: {client_id: 5}}",
        "x.yaml:4: broker.ibkr",
        "remove it, or set name: ibkr",
    ),
    "a key where none is needed": (
        "broker: {name: ibkr, credentials_block: mine}",
        'x.yaml:4: broker.credentials_block = "mine"',
        "the broker is ibkr, which needs no key from here",
    ),
    "parts of one broker": (
        "broker:\n  name: alpaca\n" + TWO,
        "x.yaml:6: broker.parts",
        "leave them out, or set name: several",
    ),
    "routes of one broker": (
        "broker:\n  routes: [{to: {a: 100}}]",
        "x.yaml:5: broker.routes",
        "leave them out, or set name: several",
    ),
    "several without parts": (
        "broker: {name: several}",
        "x.yaml:4: broker.name",
        "write e.g. parts: {a: ",
    ),
    "a long tag": (
        "broker:\n  name: several\n  parts: {alp: {name: alpaca}, i: {name: ibkr}}",
        "x.yaml:6: broker.parts",
        "is not one small letter; use a, b, c",
    ),
    "one account twice": (
        "broker:\n  name: several\n  parts: {a: {name: alpaca}, b: {name: alpaca}}",
        "x.yaml:6: broker.parts",
        "account main at alpaca is named twice; give each part an account of its own",
    ),
    "one connection of TWS twice": (
        "broker:\n  name: several\n  parts:\n    a: {name: ibkr, account: DU1}\n    b: {name: ibkr, account: DU2}",
        "x.yaml:8: broker.parts.b.ibkr",
        "part a has the same host, port and client_id; give each a client_id of its own",
    ),
    "a route to nobody": (
        "broker:\n  name: several\n" + TWO + "  routes: [{to: {a: 50, z: 50}}]",
        "x.yaml:9: broker.routes",
        "routes: number 1 leads to z; write one of a, i there",
    ),
    "half an order": (
        "broker:\n  name: several\n" + TWO + "  routes: [{to: {a: 60, i: 30}}]",
        "x.yaml:9: broker.routes[1].to",
        "a 60, i 30 add up to 90 %; write shares of at least 0 that make 100",
    ),
    "less than nothing": (
        "broker:\n  name: several\n" + TWO + "  routes: [{to: {a: 120, i: -20}}]",
        "x.yaml:9: broker.routes[1].to",
        "of at least 0",
    ),
    "a section above the parts": (
        "broker:\n  name: several\n" + TWO + "  alpaca: {feed: iex}",
        "x.yaml:9: broker.alpaca",
        "write it below the part of broker.parts that it is for",
    ),
    "real money among play money": (
        "broker:\n  name: several\n  live: true\n  parts: {a: {name: alpaca}, b: {name: simulated}}",
        "x.yaml:6: broker.live = true",
        "the simulated broker trades no real money",
    ),
    "the paper port for real money": (
        "broker:\n  name: ibkr\n  account: U1234567\n  live: true\n  ibkr: {port: 7497}",
        "x.yaml:8: broker.ibkr.port = 7497",
        "TWS's port for paper trading, and broker.live is true; write one of 4001, 7496, or set broker.live: false",
    ),
    "the port of real money for paper": (
        "broker: {name: ibkr, ibkr: {port: 4001}}",
        "x.yaml:4: broker.ibkr.port = 4001",
        "TWS's port for live trading, and broker.live is false",
    ),
    "fractions at TWS": (
        "broker: {name: ibkr}\norders: {fractional: true}",
        "x.yaml:5: orders.fractional = true",
        "set broker.ibkr.share_step: 0.0001, or fractional: false here",
    ),
}
"""What is written from line 4 on: (text, where, problem or remedy)."""


@pytest.mark.parametrize(("text", "where", "words"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_a_contradiction_in_the_broker_is_refused_where_it_stands(tmp_path, text, where, words):
    found = complaints(tmp_path, SHORTEST + text + "\n")
    assert [sentence for sentence in found if sentence.startswith(where) and words in sentence], found


def test_a_route_for_a_symbol_outside_the_universe_is_refused(tmp_path):
    text = "broker:\n  name: several\n" + TWO + "  routes: [{symbols: [ZZZZ], to: {a: 100}}]\n"
    [sentence] = complaints(tmp_path, SECTORS + text)
    assert "ZZZZ is not in the universe" in sentence


SOUND = {
    "Alpaca": "broker: {name: alpaca, account: paper, alpaca: {feed: iex}, credentials_block: alpaca-paper}",
    "fractions at Alpaca": "broker: {name: alpaca}\norders: {fractional: true}",
    "TWS": "broker: {name: ibkr, account: DU1234567, ibkr: {port: 7497}}",
    "real money": "broker: {name: alpaca, live: true}",
    "real money at TWS": "broker: {name: ibkr, account: U1234567, live: true, ibkr: {port: 4001}}",
    "a stand-in's account": "broker: {name: alpaca, simulated: {opening_cash_usd: 5}}",
    "two brokers": "broker:\n  name: several\n" + TWO + "  routes: [{needs: auction, to: {i: 100}}]",
    "thirds": "broker:\n  name: several\n" + TWO + "  routes: [{to: {a: 33.3, i: 66.7}}]",
}


@pytest.mark.parametrize("text", SOUND.values(), ids=SOUND.keys())
def test_what_agrees_is_taken(tmp_path, text):
    assert load(tmp_path, SHORTEST + text + "\n").book.broker
