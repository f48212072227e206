"""A broker's own bars of the session are judged by the rules for files before a cost is measured by them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.model.market import MarketBar
from tasks.quality.traded import can_have_traded, why_not_used

SESSION = date(2022, 12, 28)
HOURS = (datetime(2022, 12, 28, 14, 30, tzinfo=UTC), datetime(2022, 12, 28, 21, 0, tzinfo=UTC))
MINUTE = timedelta(minutes=1)


def bars() -> list[MarketBar]:
    """A sound session near 50 USD, with its two auctions."""
    p = Decimal(50)
    starts = [HOURS[0] + n * MINUTE for n in range(390)]
    made = [MarketBar("AAA", start, start + MINUTE, p, p, p, p, 1000, p) for start in starts]
    first, last = (MarketBar("AAA", at, at, p, p, p, p, 90_000, p, "open") for at in HOURS)
    return [first, *made, replace(last, auction="close")]


def spoilt(**figures: Any) -> list[MarketBar]:
    found = bars()
    found[100] = replace(found[100], **figures)
    return found


def test_a_sound_session_is_used_with_its_auctions() -> None:
    assert why_not_used(bars(), SESSION, HOURS) == ""


def test_a_symbol_that_did_not_trade_has_nothing_to_judge() -> None:
    assert why_not_used([], SESSION, HOURS) == ""


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (spoilt(volume=-1), "volume -1 at 11:09 is no volume"),
        (spoilt(low=Decimal(0)), "low 0 at 11:09 is no price"),
        (spoilt(high=Decimal(40)), "contradict each other"),
        (spoilt(open=Decimal(5000), high=Decimal(5000), low=Decimal(5000), close=Decimal(5000)), "100 times its neigh"),
        ([*bars(), replace(bars()[100], close=Decimal("50.0000001"))], "with different figures"),
    ],
    ids=["a volume of -1", "no price", "a range that contradicts itself", "a bad print", "one minute twice"],
)
def test_what_cannot_have_traded_is_not_measured_by(told: list[MarketBar], said: str) -> None:
    assert said in why_not_used(told, SESSION, HOURS)


@pytest.mark.parametrize(
    ("told", "can"),
    [(bars(), True), ([], True), (spoilt(volume=-1), False), (spoilt(low=Decimal(0)), False)],
    ids=["a sound session", "nothing", "a volume of -1", "no price"],
)
def test_a_wave_decides_by_no_bar_that_cannot_have_traded(told: list[MarketBar], can: bool) -> None:
    """A volume of -1, as a broker says `not known`, would take shares out of what the market has done."""
    assert can_have_traded(told) is can
