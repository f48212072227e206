"""Positions, cash and profit follow from the entries alone, exactly: the docstring is the ledger."""

from decimal import Decimal

from ledger_desk import booked, entries

from tasks.model.ledger import LedgerState, Position, ledger, standing, worth

D = Decimal


@booked
def test_buying_averages_the_cost(state):
    """
    01-02 opening   cash 10000
    01-03 buy       100 XOM @ 60
    01-04 buy       50 XOM @ 66
    """
    assert state.positions["XOM"] == Position(D(150), D(9300), D(0))
    assert state.positions["XOM"].average_cost == 62
    assert state.cash_usd == 700


@booked
def test_selling_realises_against_the_average_and_leaves_it_alone(state):
    """
    01-03 buy       100 XOM @ 60
    01-04 buy       50 XOM @ 66
    01-05 sell      30 XOM @ 70
    """
    assert state.positions["XOM"] == Position(D(120), D(7440), D(240))
    assert state.positions["XOM"].average_cost == 62


@booked
def test_a_short_sale_is_a_position_with_negative_cost_and_gains_as_the_price_falls(state):
    """
    01-03 sell      100 XOM @ 60
    01-04 buy       40 XOM @ 50
    """
    assert state.positions["XOM"] == Position(D(-60), D(-3600), D(400))
    assert state.positions["XOM"].unrealised_usd(D(55)) == 300
    assert state.cash_usd == 4000


@booked
def test_selling_through_zero_closes_the_long_and_opens_a_short_at_the_price(state):
    """
    01-03 buy       100 XOM @ 60
    01-04 sell      150 XOM @ 70
    """
    assert state.positions["XOM"] == Position(D(-50), D(-3500), D(1000))
    assert state.positions["XOM"].average_cost == 70


@booked
def test_buying_through_zero_closes_the_short_and_opens_a_long_at_the_price(state):
    """
    01-03 sell      100 XOM @ 60
    01-04 buy       150 XOM @ 70
    """
    assert state.positions["XOM"] == Position(D(50), D(3500), D(-1000))


@booked
def test_closing_to_the_last_share_leaves_no_cost_behind(state):
    """
    01-03 buy       3 XOM @ 33.3333
    01-04 sell      1 XOM @ 40
    01-05 sell      1 XOM @ 40
    01-06 sell      1 XOM @ 40
    """
    assert state.positions["XOM"] == Position(D(0), D(0), D("20.0001"))
    assert state.positions["XOM"].average_cost is None
    assert state.shares() == {}


@booked
def test_fees_lower_cash_and_are_counted_apart_from_profit(state):
    """
    01-02 opening   cash 1000
    01-03 buy       10 XOM @ 60 fee 0.35
    01-04 sell      10 XOM @ 61 fee 0.40
    """
    assert (state.cash_usd, state.fees_usd, state.positions["XOM"].realised_usd) == (D("1009.25"), D("0.75"), D(10))


@booked
def test_a_dividend_is_cash_and_no_change_of_cost(state):
    """
    01-03 buy       100 XOM @ 60
    01-05 dividend  cash 95 XOM
    """
    assert state.positions["XOM"].cost_usd == 6000
    assert (state.cash_usd, state.dividends_usd) == (D(-5905), D(95))


@booked
def test_a_split_changes_shares_and_leaves_the_cost(state):
    """
    01-03 buy       100 XOM @ 60
    01-08 split     +200 XOM
    """
    assert state.positions["XOM"] == Position(D(300), D(6000), D(0))
    assert state.positions["XOM"].average_cost == 20


@booked
def test_a_reverse_split_pays_the_fraction_as_profit(state):
    """
    01-03 buy       105 XOM @ 6
    01-08 split     -95 XOM cash 30
    """
    assert state.positions["XOM"] == Position(D(10), D(630), D(30))
    assert state.cash_usd == -600


@booked
def test_a_split_that_leaves_no_share_realises_what_they_cost(state):
    """
    01-03 buy       3 XOM @ 6
    01-08 split     -3 XOM cash 17
    """
    assert state.positions["XOM"] == Position(D(0), D(0), D(-1))


@booked
def test_opening_shares_count_as_put_in_at_their_price(state):
    """
    01-02 opening   cash 500
    01-02 opening   100 XOM @ 60
    01-09 cash_flow cash -200
    """
    assert (state.deposited_usd, state.cash_usd) == (D(6300), D(300))
    assert worth(state, {"XOM": D(61)}).unrealised_usd == 100


@booked
def test_a_balance_entry_moves_shares_at_their_cost_and_makes_no_profit(state):
    """
    01-03 buy       100 XOM @ 60
    01-10 balance   -3 XOM
    01-10 balance   cash -0.02
    """
    assert state.positions["XOM"] == Position(D(97), D(5820), D(0))
    assert state.balanced_usd == D("-180.02")


@booked
def test_a_corrected_fill_counts_as_corrected(state):
    """
    01-03 buy       100 XOM @ 60 fee 1 #a1
    01-04 buy       40 XOM @ 60 fee 1 #a2 corrects a1
    """
    assert state.shares() == {"XOM": D(40)}
    assert (state.cash_usd, state.fees_usd) == (D(-2401), D(1))


@booked
def test_a_busted_fill_leaves_no_trace_in_cost_or_profit(state):
    """
    01-03 buy       100 XOM @ 60 #a1
    01-03 buy       50 XOM @ 90 #a2
    01-04 buy       0 XOM @ 90 #a3 corrects a2
    01-05 sell      10 XOM @ 70 #a4
    """
    assert state.positions["XOM"] == Position(D(90), D(5400), D(100))


def test_a_correction_of_a_correction_leaves_the_last_word():
    chain = entries("""
    01-03 buy       100 XOM @ 60 #a1
    01-04 buy       40 XOM @ 60 #a2 corrects a1
    01-05 buy       30 XOM @ 60 #a3 corrects a2
    """)
    assert standing(chain) == chain[2:]


def test_entries_are_taken_in_the_order_of_time_whatever_order_they_come_in():
    story = entries("""
    01-03 buy       100 XOM @ 60
    01-04 sell      40 XOM @ 70
    01-05 buy       40 XOM @ 50
    """)
    assert ledger(reversed(story)) == ledger(story)


def test_an_empty_ledger_owns_nothing():
    assert ledger([]) == LedgerState()
