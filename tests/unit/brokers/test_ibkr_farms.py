"""What TWS says of its data farms, and how old it makes a quote."""

from datetime import UTC, datetime, timedelta

import pytest

from tasks.brokers.ibkr.farms import Farms
from tasks.brokers.remarks import RemarkKind
from tasks.brokers.sandbox.tws.system_words import SYSTEM_WORDS

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=20)


def heard(*codes: int) -> Farms:
    """A minute apart, from noon on, in TWS's own words."""
    farms = Farms()
    for minute, code in enumerate(codes):
        farms.hear(code, SYSTEM_WORDS[code], NOON + timedelta(minutes=minute))
    return farms


def test_a_quote_is_of_the_moment_at_which_its_farm_broke_down():
    assert heard(2103).quotes_are_of(LATER) == NOON
    assert heard().quotes_are_of(LATER) == LATER


def test_a_farm_that_is_told_broken_twice_is_as_old_as_the_first_word_of_it():
    assert heard(2103, 2103).quotes_are_of(LATER) == NOON


@pytest.mark.parametrize("code", [2104, 2108])
def test_a_farm_that_is_back_or_comes_when_it_is_asked_has_quotes_of_now(code: int):
    farms = heard(2103, code)
    assert farms.quotes_are_of(LATER) == LATER
    assert farms.remarks() == ()


def test_a_farm_that_nobody_asked_for_a_while_is_not_broken():
    assert heard(2108, 2107).remarks() == ()


@pytest.mark.parametrize("code", [2104, 2106, 2107])
def test_a_farm_of_bars_that_breaks_down_leaves_quotes_as_they_are_and_is_told(code: int):
    farms = heard(2105)
    assert farms.quotes_are_of(LATER) == LATER
    [remark] = farms.remarks()
    assert remark.kind is RemarkKind.BARS_MISSING
    assert remark.words.startswith("TWS says that its historical data farm ushmds is broken since 17:00:00 UTC: bars")
    assert bool(heard(2105, code).remarks()) is (code == 2104)


def test_what_is_told_names_the_farm_and_since_when():
    [remark] = heard(2103).remarks()
    assert (remark.kind, remark.words) == (
        RemarkKind.QUOTES_STALE,
        "TWS says that its market data farm usfarm is broken since 17:00:00 UTC: quotes count as of then until it says "
        "that the farm is back",
    )


def test_one_of_two_farms_that_is_back_leaves_the_other_broken():
    farms = heard(2103)
    farms.hear(2103, "Market data farm connection is broken:usfarm.nj", NOON + timedelta(minutes=1))
    farms.hear(2104, "Market data farm connection is OK:usfarm", NOON + timedelta(minutes=2))
    assert farms.quotes_are_of(LATER) == NOON + timedelta(minutes=1)
    assert "farm usfarm.nj is" in farms.remarks()[0].words


def test_a_farm_of_currencies_has_no_quotes_of_stocks():
    farms = heard()
    farms.hear(2103, "Market data farm connection is broken:cashfarm", NOON)
    assert farms.quotes_are_of(LATER) == LATER


def test_a_word_that_names_no_farm_is_about_every_farm():
    farms = heard(2103)
    farms.hear(2103, "Yhteys katkesi", NOON - timedelta(minutes=1))
    assert farms.quotes_are_of(LATER) == NOON - timedelta(minutes=1)
    farms.hear(2104, "Yhteys palautui", LATER)
    assert farms.remarks() == ()
