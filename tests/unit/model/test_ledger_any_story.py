"""Whatever happens to a book, its ledger adds up to the last digit."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tasks.model.ledger import Entry, EntryKind, Position, ledger, traded, worth

D = Decimal
SYMBOLS = ("AAPL", "MSFT", "XOM")
SHARES = st.decimals(min_value=-5000, max_value=5000, places=9).filter(bool)
PRICES = st.decimals(min_value="0.0001", max_value=5000, places=4)
MONEY = st.decimals(min_value=-100_000, max_value=100_000, places=2)
FEES = st.decimals(min_value=0, max_value=50, places=4)
START = datetime(2024, 1, 2, 15, tzinfo=UTC)


def fill_entries() -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        st.just(EntryKind.FILL),
        st.just(START),
        st.sampled_from(SYMBOLS),
        shares=SHARES,
        price=PRICES,
        fee_usd=FEES,
    )


def any_entries() -> st.SearchStrategy[Entry]:
    with_cash = st.sampled_from((EntryKind.OPENING, EntryKind.CASH_FLOW, EntryKind.BALANCE, EntryKind.DIVIDEND))
    money = st.builds(Entry, with_cash, st.just(START), amount_usd=MONEY)
    in_kind = st.builds(
        Entry,
        st.sampled_from((EntryKind.OPENING, EntryKind.CASH_FLOW, EntryKind.BALANCE)),
        st.just(START),
        st.sampled_from(SYMBOLS),
        shares=SHARES,
        price=st.none() | PRICES,
    )
    split = st.builds(
        Entry, st.just(EntryKind.SPLIT), st.just(START), st.sampled_from(SYMBOLS), shares=SHARES, amount_usd=MONEY
    )
    return st.one_of(fill_entries(), fill_entries(), money, in_kind, split)


def in_time(story: list[Entry]) -> list[Entry]:
    return [
        Entry(e.kind, START + timedelta(minutes=n), e.symbol, e.shares, e.price, e.amount_usd, e.fee_usd)
        for n, e in enumerate(story)
    ]


@given(st.lists(fill_entries(), max_size=30))
def test_cash_changes_by_what_was_paid_and_charged_to_the_last_digit(story):
    paid = sum((e.shares * e.price for e in story if e.price is not None), D(0))
    fees = sum((e.fee_usd for e in story), D(0))
    state = ledger(in_time(story))
    assert state.cash_usd == -paid - fees
    assert state.fees_usd == fees


@given(st.lists(any_entries(), max_size=30), st.fixed_dictionaries(dict.fromkeys(SYMBOLS, PRICES)))
def test_what_is_there_is_what_was_put_in_and_what_was_earned_to_the_last_digit(story, prices):
    state = ledger(in_time(story))
    now = worth(state, prices)
    earned = now.realised_usd + now.unrealised_usd + state.dividends_usd - state.fees_usd
    assert now.nav_usd == state.deposited_usd + state.balanced_usd + earned


@given(st.lists(fill_entries(), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_fills_changes_only_how_profit_splits_into_realised_and_unrealised(story, shuffle):
    shuffled = list(story)
    shuffle.shuffle(shuffled)
    one, other = ledger(in_time(story)), ledger(in_time(shuffled))
    prices = dict.fromkeys(SYMBOLS, D(100))
    assert (one.cash_usd, one.fees_usd, one.shares()) == (other.cash_usd, other.fees_usd, other.shares())
    first, second = worth(one, prices), worth(other, prices)
    assert first.realised_usd + first.unrealised_usd == second.realised_usd + second.unrealised_usd


@given(st.lists(fill_entries(), max_size=20))
def test_an_open_position_costs_something_of_its_own_sign_and_a_closed_one_nothing(story):
    for position in ledger(in_time(story)).positions.values():
        assert position.cost_usd * position.shares >= 0
        assert position.shares != 0 or position.cost_usd == 0


@given(st.decimals(min_value=1, max_value=5000, places=2), PRICES, PRICES)
def test_a_long_and_a_short_are_mirror_images(shares, opened, closed):
    long = traded(traded(Position(), shares, opened), -shares, closed)
    short = traded(traded(Position(), -shares, opened), shares, closed)
    assert long.realised_usd == -short.realised_usd == shares * (closed - opened)
