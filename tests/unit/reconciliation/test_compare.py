"""Our ledger and the broker's word: agreement is silence, and every difference is one break with its amount."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.orders import BrokerOrder, Execution, OrderState, Side
from tasks.reconciliation.break_text import summary_of
from tasks.reconciliation.breaks import Break, BreakKind
from tasks.reconciliation.compare import Ours, Theirs, compare

D = Decimal
AT = datetime(2024, 1, 2, 21, tzinfo=UTC)
PRICES = {"AAPL": D(190), "MSFT": D(400), "XOM": D(100)}


def execution(number: int = 1, **terms) -> Execution:
    usual = Execution(f"x{number}", f"k{number}", "XOM", Side.BUY, D(10), D(99), D("0.35"), AT, "main")
    return replace(usual, **terms)


def working(key: str) -> BrokerOrder:
    return BrokerOrder(key, f"b-{key}", "XOM", Side.BUY, D(10), D(0), OrderState.ACCEPTED)


def theirs(cash: str, shares: dict[str, str], executions=(), open_orders=()) -> Theirs:
    account = AccountState("main", AT, D(cash), {s: D(n) for s, n in shares.items()})
    return Theirs(account, executions, open_orders)


def only(breaks: tuple[Break, ...]) -> Break:
    [found] = breaks
    return found


def test_shares_that_differ_are_worth_the_difference_at_the_last_price():
    found = only(compare(Ours(D(5), {"XOM": D(10)}), theirs("5", {"XOM": "7"}), PRICES))
    assert (found.symbol, found.kind, found.ours, found.theirs) == ("XOM", BreakKind.SHARES, "10", "7")
    assert found.amount_usd == -300
    assert found.sentence == "XOM: the broker has 7 shares, our ledger 10: -3"


def test_a_position_that_only_one_side_has_is_a_break():
    breaks = compare(Ours(D(5), {"XOM": D(10)}), theirs("5", {"AAPL": "-2"}), PRICES)
    assert [(b.symbol, b.amount_usd) for b in breaks] == [("AAPL", D(-380)), ("XOM", D(-1000))]


def test_no_shares_and_no_position_are_the_same():
    assert compare(Ours(D(5), {"XOM": D(0)}), theirs("5", {"AAPL": "0"}), PRICES) == ()


def test_a_symbol_without_a_price_is_a_break_without_an_amount():
    assert only(compare(Ours(D(5), {"ZZZ": D(1)}), theirs("5", {}), PRICES)).amount_usd is None


@pytest.mark.parametrize(
    ("difference", "amounts"),
    [
        ("0.01", [D("0.01")]),
        ("-0.01", [D("-0.01")]),
        ("0.005", [D("0.005")]),
        ("0.0049", []),
        ("-0.0049", []),
        ("0", []),
    ],
)
def test_cash_agrees_to_the_cent(difference, amounts):
    breaks = compare(Ours(D(1000), {}), theirs(str(1000 + D(difference)), {}), PRICES)
    assert [(b.symbol, b.kind, b.amount_usd) for b in breaks] == [(None, BreakKind.CASH, a) for a in amounts]


def test_a_fill_that_we_lack_is_missing_and_one_that_they_lack_is_extra():
    breaks = compare(Ours(D(5), {}, (execution(1),)), theirs("5", {}, (execution(2),)), PRICES)
    assert [(b.kind, b.amount_usd) for b in breaks] == [
        (BreakKind.MISSING_FILL, D(990)),
        (BreakKind.EXTRA_FILL, D(990)),
    ]
    assert breaks[0].sentence == "BUY 10 XOM at 99 (x2): only the broker has it"
    assert breaks[1].sentence == "BUY 10 XOM at 99 (x1): the broker does not report it"


CHANGES = {
    "price": (execution(price=D(98)), D(10)),
    "shares": (execution(shares=D(9)), D(99)),
    "side": (execution(side=Side.SELL), D(1980)),
    "symbol": (execution(symbol="AAPL"), D(0)),
    "shares and price to the same value": (execution(shares=D(9), price=D(110)), D(0)),
}


@pytest.mark.parametrize(("real", "amount"), CHANGES.values(), ids=CHANGES.keys())
def test_an_execution_on_other_terms_is_a_break_although_its_id_agrees(real, amount):
    found = only(compare(Ours(D(5), {}, (execution(),)), theirs("5", {}, (real,)), PRICES))
    assert (found.kind, found.amount_usd) == (BreakKind.CHANGED_FILL, amount)


def test_another_fee_is_a_break_of_its_own_and_no_figure_to_book_as_shares():
    found = only(compare(Ours(D(5), {}, (execution(),)), theirs("5", {}, (execution(fee=D("0.40")),)), PRICES))
    assert (found.kind, found.symbol, found.amount_usd) == (BreakKind.FEE, "XOM", D("0.05"))
    assert (found.ours, found.theirs) == (summary_of(execution()), summary_of(execution(fee=D("0.40"))))


def test_other_terms_and_another_fee_of_one_execution_are_one_break():
    real = execution(price=D(98), fee=D("0.40"))
    found = only(compare(Ours(D(5), {}, (execution(),)), theirs("5", {}, (real,)), PRICES))
    assert found.kind is BreakKind.CHANGED_FILL


def test_a_time_or_venue_that_differs_is_no_break():
    real = execution(at=AT.replace(microsecond=5), venue="XNYS")
    assert compare(Ours(D(5), {}, (execution(),)), theirs("5", {}, (real,)), PRICES) == ()


def test_an_order_that_still_works_is_a_break_unless_it_is_expected():
    at_broker = theirs("5", {}, open_orders=(working("k2"), working("k1")))
    found = only(compare(Ours(D(5), {}, open_orders={"k2": "XOM"}), at_broker, PRICES))
    assert (found.kind, found.theirs) == (BreakKind.OPEN_ORDER, "k1")


def test_an_order_that_works_by_our_record_alone_is_a_break_and_one_without_an_answer_is_none():
    ours = Ours(D(5), {}, open_orders={"k1": "XOM"}, unanswered_keys=frozenset({"k2", "k3"}))
    found = only(compare(ours, theirs("5", {}, open_orders=(working("k3"),)), PRICES))
    assert (found.kind, found.symbol, found.ours, found.theirs) == (BreakKind.LOST_ORDER, "XOM", "k1", "none")


def test_a_bust_that_we_lack_is_one_break_worth_what_it_takes_away():
    bust = execution(9, shares=D(0), fee=D(0), supersedes="x1")
    found = only(compare(Ours(D(5), {}, (execution(1),)), theirs("5", {}, (execution(1), bust)), PRICES))
    assert (found.kind, found.amount_usd) == (BreakKind.MISSING_FILL, D(990))
    assert found.sentence == "BUY 0 XOM at 99 (x9): the broker busts what we have as BUY 10 XOM at 99 (x1)"
    both = (execution(1), bust)
    assert compare(Ours(D(5), {}, both), theirs("5", {}, both), PRICES) == ()


def test_a_broker_may_list_only_the_last_word_or_every_one():
    chain = (execution(1), execution(2, supersedes="x1"), execution(3, supersedes="x2"))
    for listed in (chain, chain[1:], chain[2:]):
        assert compare(Ours(D(5), {}, chain), theirs("5", {}, listed), PRICES) == ()


def test_a_correction_that_the_broker_has_forgotten_is_a_break():
    both = (execution(1), execution(2, supersedes="x1", shares=D(8)))
    found = only(compare(Ours(D(5), {}, both), theirs("5", {}, both[:1]), PRICES))
    assert (found.kind, found.amount_usd) == (BreakKind.EXTRA_FILL, D(792))


def test_a_bust_of_something_that_we_never_had_is_none_of_our_business():
    told_of = (execution(1, key="by hand"), execution(2, key="by hand", shares=D(0), fee=D(0), supersedes="x1"))
    assert compare(Ours(D(5), {}), theirs("5", {}, told_of), PRICES) == ()


def test_what_is_older_than_the_broker_s_list_need_not_be_in_it():
    ours = Ours(D(5), {}, (execution(1), execution(2)), earlier=frozenset({"x1"}))
    assert only(compare(ours, theirs("5", {}), PRICES)).ours == summary_of(execution(2))


def test_a_statement_line_is_a_break_until_it_is_booked_and_one_that_moves_nothing_never_is():
    lines = tuple(StatementLine(i, AT, "dividend", "XOM", D(0), D(cash), "paid") for i, cash in (("L1", 5), ("L2", 0)))
    at_broker = replace(theirs("5", {}), statement=lines)
    found = only(compare(Ours(D(5), {}), at_broker, PRICES))
    assert (found.kind, found.symbol, found.amount_usd) == (BreakKind.STATEMENT, "XOM", D(5))
    assert compare(Ours(D(5), {}, booked_lines=frozenset({"L1"})), at_broker, PRICES) == ()


# --- any account ----------------------------------------------------------------------------------------------------

SYMBOLS = st.sampled_from(tuple(PRICES))
HOLDINGS = st.dictionaries(SYMBOLS, st.decimals(-1000, 1000, places=3).filter(bool))
FILLS = st.lists(
    st.builds(
        execution, st.integers(1, 9), symbol=SYMBOLS, side=st.sampled_from(Side), shares=st.decimals(1, 99, places=1)
    ),
    max_size=5,
    unique_by=lambda fill: fill.execution_id,
).map(tuple)
CASH = st.decimals(-(10**6), 10**6, places=2)
ORDERS = st.lists(st.sampled_from("abcd").map(working), max_size=3, unique_by=lambda order: order.key).map(tuple)


@st.composite
def agreeing(draw) -> tuple[Ours, Theirs]:
    cash, shares, fills, orders = draw(CASH), draw(HOLDINGS), draw(FILLS), draw(ORDERS)
    ours = Ours(cash, shares, fills, open_orders={order.key: order.symbol for order in orders})
    shuffled = tuple(draw(st.permutations(fills)))
    return ours, Theirs(AccountState("main", AT, cash, shares), shuffled, orders)


@given(agreeing())
def test_what_agrees_has_no_break(both):
    assert compare(*both, PRICES) == ()


@given(agreeing(), SYMBOLS, st.decimals(-50, 50, places=3).filter(bool))
def test_one_wrong_holding_is_exactly_one_break_of_its_worth(both, symbol, off):
    ours, real = both
    shares = {**real.account.positions, symbol: real.account.positions.get(symbol, D(0)) + off}
    found = only(compare(ours, replace(real, account=replace(real.account, positions=shares)), PRICES))
    assert (found.symbol, found.kind, found.amount_usd) == (symbol, BreakKind.SHARES, off * PRICES[symbol])


@given(agreeing(), st.decimals(-500, 500, places=2).filter(bool))
def test_one_wrong_cent_is_exactly_one_break_of_its_size(both, off):
    ours, real = both
    found = only(compare(ours, replace(real, account=replace(real.account, cash=real.account.cash + off)), PRICES))
    assert (found.symbol, found.kind, found.amount_usd) == (None, BreakKind.CASH, off)


@given(agreeing(), st.data())
def test_one_lost_fill_is_exactly_one_break_on_the_side_that_lost_it(both, data):
    ours, real = both
    if not ours.fills:
        return
    lost = data.draw(st.sampled_from(ours.fills))
    rest = tuple(fill for fill in ours.fills if fill is not lost)
    missing, extra = (
        compare(replace(ours, fills=rest), real, PRICES),
        compare(ours, replace(real, executions=rest), PRICES),
    )
    assert (only(missing).kind, only(extra).kind) == (BreakKind.MISSING_FILL, BreakKind.EXTRA_FILL)
    assert only(missing).amount_usd == only(extra).amount_usd == lost.shares * lost.price


@given(agreeing(), HOLDINGS, FILLS, ORDERS)
def test_breaks_come_in_one_order_whatever_order_the_broker_answers_in(both, shares, fills, orders):
    ours, real = both
    account = replace(real.account, positions=shares)
    forward = compare(ours, Theirs(account, fills, orders), PRICES)
    turned = replace(account, positions=dict(reversed(list(shares.items()))))
    assert compare(ours, Theirs(turned, fills[::-1], orders[::-1]), PRICES) == forward
