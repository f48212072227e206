"""What a book lost is what the market did: money moved, shares booked and splits make neither profit nor loss."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasks.model.ledger import Entry, EntryKind, ledger, worth
from tasks.risk.measure_navs import comparable_navs

MONDAY, TUESDAY = date(2024, 1, 8), date(2024, 1, 9)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 15, tzinfo=UTC)


def entry(kind: str, day: date, symbol: str | None = None, shares: str = "0", **more: Any) -> Entry:
    amounts: dict[str, Any] = {name: Decimal(value) if name != "entry_id" else value for name, value in more.items()}
    return Entry(EntryKind(kind), at(day), symbol, Decimal(shares), **amounts)


def usd(**prices: str) -> dict[str, Decimal]:
    return {symbol: Decimal(price) for symbol, price in prices.items()}


OPENED = [
    entry("opening", MONDAY, amount_usd="1000"),
    entry("opening", MONDAY, "XOM", "10", price="100"),
]


def test_a_price_that_falls_is_a_loss() -> None:
    assert comparable_navs(OPENED, [(MONDAY, usd(XOM="100"))], usd(XOM="90")) == (2000, 1900)


def test_a_withdrawal_is_no_loss_whenever_it_was_booked() -> None:
    """Both days are told as if the 500 had left before the first."""
    for day in (MONDAY, TUESDAY, date(2030, 1, 1)):
        moved = [*OPENED, entry("cash_flow", day, amount_usd="-500")]
        assert comparable_navs(moved, [(MONDAY, usd(XOM="100"))], usd(XOM="100")) == (1500, 1500)


def test_a_balance_booked_by_a_person_is_no_loss() -> None:
    moved = [*OPENED, entry("balance", TUESDAY, "XOM", "-2"), entry("balance", TUESDAY, amount_usd="150")]
    assert comparable_navs(moved, [(MONDAY, usd(XOM="100"))], usd(XOM="100")) == (1950, 1950)


def test_a_split_is_no_loss() -> None:
    """20 shares at 50 are 10 at 100; the old price counts with the old shares."""
    split = [*OPENED, entry("split", TUESDAY, "XOM", "10")]
    assert comparable_navs(split, [(MONDAY, usd(XOM="100"))], usd(XOM="50")) == (2000, 2000)


def test_a_dividend_makes_good_what_the_price_falls_by() -> None:
    paid = [*OPENED, entry("dividend", TUESDAY, "XOM", amount_usd="30")]
    assert comparable_navs(paid, [(MONDAY, usd(XOM="100"))], usd(XOM="97")) == (2000, 2000)


def test_the_brokers_fees_and_a_bad_fill_are_losses() -> None:
    """10 bought at 101 with 1 of commission, worth 100; and 5 of a monthly fee."""
    spent = [
        *OPENED,
        entry("fill", TUESDAY, "XOM", "10", price="101", fee_usd="1", entry_id="x1"),
        entry("fee", TUESDAY, amount_usd="-5"),
    ]
    assert comparable_navs(spent, [(MONDAY, usd(XOM="100"))], usd(XOM="100")) == (2000, 1984)


def test_what_happened_on_the_day_of_a_valuation_is_in_it() -> None:
    """40 of dividend on Monday are in Monday's value; 30 on Tuesday are not."""
    paid = [*OPENED, entry("dividend", MONDAY, "XOM", amount_usd="40"), entry("dividend", TUESDAY, amount_usd="30")]
    assert comparable_navs(paid, [(MONDAY, usd(XOM="100"))], usd(XOM="100")) == (2040, 2070)


def test_what_has_no_price_now_counts_on_no_day() -> None:
    held = [*OPENED, entry("opening", MONDAY, "GONE", "5", price="7")]
    assert comparable_navs(held, [(MONDAY, usd(XOM="100", GONE="7"))], usd(XOM="100")) == (2000, 2000)


def test_what_had_no_price_then_is_taken_at_todays() -> None:
    held = [*OPENED, entry("balance", TUESDAY, "SPUN", "5")]
    assert comparable_navs(held, [(MONDAY, usd(XOM="100"))], usd(XOM="100", SPUN="8")) == (2040, 2040)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fill", "dividend", "cash_flow"]),
            st.integers(-20, 20),
            st.integers(1, 200),
            st.integers(8, 9),
        ),
        max_size=12,
    ),
    st.integers(1, 300),
)
def test_the_last_value_is_always_the_ledgers_own(moves: list[tuple[str, int, int, int]], price: int) -> None:
    """Whatever happened, what a book is worth now is not a matter of how days are compared."""
    entries = list(OPENED)
    for number, (kind, shares, usd_each, day) in enumerate(moves):
        when = date(2024, 1, day)
        if kind == "fill":
            entries.append(entry(kind, when, "XOM", str(shares), price=str(usd_each), entry_id=f"x{number}"))
        else:
            entries.append(entry(kind, when, amount_usd=str(shares)))
    now = usd(XOM=str(price))
    assert comparable_navs(entries, [(MONDAY, usd(XOM="100"))], now)[-1] == worth(ledger(entries), now).nav_usd
