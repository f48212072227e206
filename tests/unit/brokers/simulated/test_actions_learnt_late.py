"""A corporate action that the source tells of late reaches the account once, for the shares that were held then."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from simulated_world import (
    CLOSE,
    HALF_DAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    MemorySource,
    buy,
    flat_week,
    hours,
    opened,
    sell,
)

from tasks.brokers.simulated.broker import SimulatedBroker

D = Decimal
FLAT = {"opening_shares": {"AAA": "101"}, "opening_cash_usd": "100000", "half_spread_bps": 0}


def week(tmp_path: Path, **settings: object) -> tuple[SimulatedBroker, MemorySource]:
    """On Tuesday, with 101 AAA at a price of 100 that never moves."""
    source = flat_week("AAA")
    return opened(tmp_path, source, **{**FLAT, **settings}), source


@pytest.mark.parametrize(
    ("ratio", "shares"), [(2.0, 202), (1.5, 151), (1.25, 126), (4 / 3, 134), (2 / 3, 67), (0.1, 10)]
)
def test_a_split_learnt_late_is_applied_once_and_its_fraction_paid_out(tmp_path: Path, ratio: float, shares: int):
    found, source = week(tmp_path)
    found.open_session(WEDNESDAY)
    cash = found.account_state().cash
    source.actions = [(WEDNESDAY, "AAA", "split", ratio)]
    for _ in range(3):
        found.open_session(HALF_DAY)
        assert found.account_state().positions == {"AAA": shares}
    [line] = found.statement(TUESDAY, HALF_DAY)
    assert (line.kind, line.shares) == ("split", shares - 101)
    assert found.account_state().cash == cash + line.amount_usd
    assert (line.amount_usd == 0) == (ratio == 2.0)


def test_it_reaches_the_session_that_is_open_already(tmp_path: Path):
    """A person adds the line to the file and runs the session again."""
    found, source = week(tmp_path)
    found.open_session(WEDNESDAY)
    source.actions = [(WEDNESDAY, "AAA", "split", 2.0)]
    found.open_session(WEDNESDAY)
    assert found.account_state().positions == {"AAA": 202}


def test_shares_that_were_bought_since_are_new_ones_already(tmp_path: Path):
    found, source = week(tmp_path)
    found.open_session(WEDNESDAY)
    found.submit(buy("b", 50))
    found.wait_until(hours(WEDNESDAY)[1])
    source.actions = [(WEDNESDAY, "AAA", "split", 2.0)]
    found.open_session(HALF_DAY)
    assert found.account_state().positions == {"AAA": 202 + 50}


def test_a_dividend_learnt_late_is_paid_on_what_was_held_then(tmp_path: Path):
    found, source = week(tmp_path, opening_shares={"AAA": "100"})
    found.open_session(WEDNESDAY)
    found.submit(sell("s", 100))
    found.wait_until(hours(WEDNESDAY)[1])
    cash = found.account_state().cash
    source.actions = [(WEDNESDAY, "AAA", "dividend", 0.5)]
    found.open_session(HALF_DAY)
    found.open_session(HALF_DAY)
    assert found.account_state().cash == cash + 50


@pytest.mark.parametrize("on", [MONDAY, TUESDAY])
def test_what_went_ex_until_the_account_was_opened_is_in_its_opening_shares(tmp_path: Path, on: date):
    found, source = week(tmp_path)
    found.wait_until(CLOSE + timedelta(hours=1))
    source.actions = [(on, "AAA", "split", 2.0)]
    found.open_session(WEDNESDAY)
    assert found.account_state().positions == {"AAA": 101}


def test_a_second_split_of_the_week_counts_the_new_shares_of_the_first(tmp_path: Path):
    found, source = week(tmp_path)
    found.open_session(WEDNESDAY)
    source.actions = [(WEDNESDAY, "AAA", "split", 2.0), (HALF_DAY, "AAA", "split", 3.0)]
    found.open_session(HALF_DAY)
    assert found.account_state().positions == {"AAA": 606}
