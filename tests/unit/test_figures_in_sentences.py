"""One thing is `1 order` and two are `2 orders`; what is owed is `-$700.65`: everywhere, by one rule each."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.model.plan import of_shares
from tasks.plan.line_words import pct
from tasks.wording import counted, dollars

D = Decimal
ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("flows", "tasks") for path in (ROOT / room).rglob("*.py"))
BY_HAND = re.compile(r"\$\{[^}]*:[+,.\d]")
"""A dollar sign before a figure that is formatted on the spot."""
UNCOUNTED = re.compile(
    r"\{len\([^{}]*\)(:,)?\} (trades|orders|buys|slices|fills|positions|lines|symbols|findings|rows|sessions)\b"
)
"""A length before a noun that is always in the plural."""
UNCOUNTED_SHARES = re.compile(r"\{plain\([^{}]*\)\} shares")
UNCOUNTED_BREAKS = re.compile(r"\['(breaks|orders|slices|fills)'\]\} (breaks|orders|slices|fills)\b")


@pytest.mark.parametrize(
    ("amount", "told"),
    [("1234.5", "$1,234.50"), ("-700.65", "-$700.65"), ("-0.001", "$0.00"), ("0", "$0.00")],
)
def test_the_sign_stands_before_the_currency_and_nothing_is_never_negative(amount, told):
    assert dollars(Decimal(amount)) == dollars(float(amount)) == told


def test_a_weight_that_rounds_to_nothing_has_no_sign():
    assert [pct(weight) for weight in (-0.00001, -0.0002, 0.5)] == ["0.00 %", "-0.02 %", "50.00 %"]


def test_a_difference_shows_its_sign():
    assert [dollars(n, 0, signed=True) for n in (5, -5, 0)] == ["+$5", "-$5", "$0"]


def test_one_of_a_kind_is_singular_with_its_verb():
    assert [counted(n, "trade") for n in (0, 1, 1200)] == ["0 trades", "1 trade", "1,200 trades"]
    assert [counted(n, "buy was", "buys were") for n in (1, 2)] == ["1 buy was", "2 buys were"]


def test_shares_are_singular_with_their_verb_where_it_is_one_share():
    assert [of_shares(D(n)) for n in ("1", "1.000", "2", "0.5", "1200")] == [
        "1 share",
        "1 share",
        "2 shares",
        "0.5 shares",
        "1,200 shares",
    ]
    assert [of_shares(D(n), "is", "are") for n in (1, 2)] == ["1 share is", "2 shares are"]


@pytest.mark.parametrize(
    "rule",
    [BY_HAND, UNCOUNTED, UNCOUNTED_SHARES, UNCOUNTED_BREAKS],
    ids=["money", "counts", "shares", "counts of a summary"],
)
def test_no_sentence_of_the_program_forms_them_by_hand(rule):
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if rule.search(line)
    ]
    assert found == []
