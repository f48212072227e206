"""Every breaker below, at and above its limit: at the limit all is well, and a breaker that is off never trips."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tasks.book.breakers import BreakerSettings
from tasks.model.account import HaltState
from tasks.risk.breakers import BREAKERS, Figures, Trip, is_worse, tripped

CALM = Figures(
    loss_pct=Decimal("-1.2"),
    drawdown_pct=Decimal(4),
    traded_usd=Decimal(1_000_000),
    cost_usd=Decimal(500),
    estimated_usd=Decimal(400),
    sent=200,
    rejected=2,
    quote_age_s=Decimal(1),
    wanted_quotes=20,
    messages_per_minute=400,
)
SYMBOLS = tuple(f"S{number:02}" for number in range(20))
CASES = {
    "daily_loss": ({"daily_loss": {"max_pct": 3.5}}, {"loss_pct": "3.5"}, {"loss_pct": "3.5001"}, "3.5001", "3.5"),
    "drawdown": ({"drawdown": {"max_pct": 12}}, {"drawdown_pct": "12"}, {"drawdown_pct": "12.01"}, "12.01", "12"),
    # 400 USD expected, 10 bps of 1,000,000 are 1,000 USD more
    "slippage": ({"slippage": {"max_bps": 10}}, {"cost_usd": "1400"}, {"cost_usd": "1400.01"}, "10.0001", "10"),
    "rejects": ({"rejects": {"max_pct": 5}}, {"rejected": 10}, {"rejected": 11}, "5.5", "5"),
    "unknown": ({"unknown": {"max_orders": 2}}, {"unknown": 2}, {"unknown": 3}, "3", "2"),
    "stale_data": ({"stale_data": {"max_age_s": 60}}, {"quote_age_s": "60"}, {"quote_age_s": "60.5"}, "60.5", "60"),
    "missing_quotes": (
        {"stale_data": {"max_missing_pct": 10}},
        {"missing_quotes": SYMBOLS[:2]},
        {"missing_quotes": SYMBOLS[:3]},
        "15",
        "10",
    ),
    "message_rate": (
        {"message_rate": {"max_per_minute": 500}},
        {"messages_per_minute": 500},
        {"messages_per_minute": 501},
        "501",
        "500",
    ),
}
OFF = {
    "daily_loss": {"daily_loss": {"max_pct": None}},
    "drawdown": {"drawdown": {"max_pct": None}},
    "slippage": {"slippage": {"max_bps": None}},
    "rejects": {"rejects": {"max_pct": None}},
    "unknown": {"unknown": {"max_orders": None}},
    "stale_data": {"stale_data": {"max_age_s": None}},
    "missing_quotes": {"stale_data": {"max_missing_pct": None}},
    "message_rate": {"message_rate": {"max_per_minute": None}},
}


def figures(changes: dict[str, object]) -> Figures:
    return replace(CALM, **{n: Decimal(v) if isinstance(v, str) else v for n, v in changes.items()})


def test_every_breaker_has_its_case() -> None:
    assert len(CASES) == len(OFF) == len(BREAKERS)


@pytest.mark.parametrize("name", CASES)
def test_at_its_limit_a_breaker_holds_and_just_above_it_trips(name: str) -> None:
    settings, at, above, measured, limit = CASES[name]
    asked = BreakerSettings(**settings)  # type: ignore[arg-type]
    assert tripped(CALM, asked) == ()
    assert tripped(figures(at), asked) == ()
    (trip,) = tripped(figures(above), asked)
    assert (trip.breaker, trip.measured, trip.limit) == (name, Decimal(measured), Decimal(limit))
    assert limit in trip.sentence


@pytest.mark.parametrize("name", CASES)
def test_a_breaker_that_is_off_never_trips(name: str) -> None:
    worst = figures(
        {
            "loss_pct": "99", "drawdown_pct": "99", "cost_usd": "900000", "rejected": 200, "unknown": 200,
            "quote_age_s": "9999", "missing_quotes": SYMBOLS, "messages_per_minute": 99_999,
        }
    )  # fmt: skip
    every = {trip.breaker for trip in tripped(worst, BreakerSettings())}
    assert every == set(CASES)
    assert {trip.breaker for trip in tripped(worst, BreakerSettings(**OFF[name]))} == every - {name}  # type: ignore[arg-type]


def test_nothing_known_trips_nothing() -> None:
    assert tripped(Figures(), BreakerSettings()) == ()


def test_an_ordinary_bad_day_does_not_trip_the_defaults() -> None:
    """Down 4 % on the day and 20 % from the top, 60 bps worse than estimated, one order in ten refused."""
    day = replace(CALM, loss_pct=Decimal(4), drawdown_pct=Decimal(20), cost_usd=Decimal(6_400), rejected=20, unknown=2)
    assert tripped(day, BreakerSettings()) == ()


def test_slippage_is_judged_from_a_turnover_on() -> None:
    settings = BreakerSettings(slippage={"max_bps": 10, "least_traded_usd": 50_000})  # type: ignore[arg-type]
    dear = replace(CALM, cost_usd=Decimal(5_000), estimated_usd=Decimal(0))
    assert tripped(replace(dear, traded_usd=Decimal("49999.99")), settings) == ()
    assert [t.breaker for t in tripped(replace(dear, traded_usd=Decimal(50_000)), settings)] == ["slippage"]


def test_trading_cheaper_than_estimated_is_no_slippage() -> None:
    assert tripped(replace(CALM, cost_usd=Decimal(-90_000)), BreakerSettings()) == ()


def test_refusals_are_judged_from_a_count_on() -> None:
    settings = BreakerSettings(rejects={"max_pct": 30, "least_orders": 20})  # type: ignore[arg-type]
    assert tripped(replace(CALM, sent=19, rejected=19), settings) == ()
    assert [t.breaker for t in tripped(replace(CALM, sent=20, rejected=7), settings)] == ["rejects"]


def test_a_breaker_leads_where_the_book_says() -> None:
    softly = BreakerSettings(unknown={"max_orders": 0, "then": "reducing"})  # type: ignore[arg-type]
    firmly = BreakerSettings(unknown={"max_orders": 0, "then": "halted"})  # type: ignore[arg-type]
    assert [t.state for t in tripped(replace(CALM, unknown=1), softly)] == [HaltState.REDUCING]
    assert [t.state for t in tripped(replace(CALM, unknown=1), firmly)] == [HaltState.HALTED]


def test_losses_only_reduce_and_broken_machinery_halts_by_default() -> None:
    many = figures({"loss_pct": "50", "drawdown_pct": "50", "unknown": 50, "messages_per_minute": 9_999})
    states = {trip.breaker: trip.state.value for trip in tripped(many, BreakerSettings())}
    assert states == {
        "daily_loss": "reducing", "drawdown": "reducing", "unknown": "halted", "message_rate": "halted"
    }  # fmt: skip


@pytest.mark.parametrize(("measured", "worse"), [("6", False), ("6.99", False), ("7", True), ("9", True), ("5", False)])
def test_a_breach_is_worse_when_it_has_grown_by_a_fifth_of_its_limit(measured: str, worse: bool) -> None:
    """Limit 5, measured 6 before."""
    trip = Trip("daily_loss", HaltState.REDUCING, Decimal(measured), Decimal(5), "percent", "")
    assert is_worse(trip, Decimal(6)) is worse


def test_with_a_limit_of_zero_any_more_is_worse_and_the_same_is_not() -> None:
    trip = Trip("unknown", HaltState.HALTED, Decimal(2), Decimal(0), "orders", "")
    assert not is_worse(trip, Decimal(2))
    assert is_worse(trip, Decimal(1))
