"""What a broker takes, by the one formula that plans, waves, routes and the simulated broker share."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tasks.brokers.simulated.account import charged
from tasks.model.commission import NO_COMMISSION, Commission

D = Decimal
SCALE = Commission(D("0.0035"), D("0.35"))
rates = st.builds(Commission, st.decimals(0, "0.05", places=4), st.decimals(0, 10, places=2))
shares = st.decimals(0, 100_000, places=3)


def test_an_order_pays_by_the_share_and_never_less_than_the_minimum_once_anything_fills():
    """0.0035 a share: 100 are the minimum's worth exactly."""
    assert [SCALE.of(D(n)) for n in (0, 1, 100, 1000)] == [0, D("0.35"), D("0.35"), D("3.5")]
    assert SCALE.of(D(1000), orders=13) == D("4.55")
    assert NO_COMMISSION.of(D(1000)) == 0


def test_the_simulated_broker_charges_it_to_the_cent():
    assert [charged(SCALE, D(n)) for n in (0, 1, 101)] == [0, D("0.35"), D("0.35")]
    assert charged(SCALE, D(1001)) == D("3.50")


@given(rates, st.lists(shares, min_size=1, max_size=14))
def test_however_an_order_is_cut_it_pays_no_more_than_at_most(rate, cut):
    paid = sum(rate.of(piece) for piece in cut)
    assert rate.of(sum(cut)) <= paid <= rate.at_most(sum(cut), len(cut))


@given(rates, st.decimals(0, 10**6, places=2), st.decimals("0.01", 5000, places=2), st.integers(1, 14))
def test_what_the_money_is_said_to_pay_for_it_pays_for(rate, usd, price, orders):
    most = rate.shares_for(usd, price, orders)
    assert most * price + rate.at_most(most, orders) <= usd or most <= 0
