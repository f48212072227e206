"""A broker's own algorithms, at every broker that has one: within their window, their cap and the order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tasks.model.orders import NativeAlgorithm, OrderState
from tests.contract.brokers import Opened
from tests.contract.conftest import Open
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy, stepping_week, worked

RICH = {"opening_cash_usd": "1e9", "impact_coefficient": 0.0}
FIRST, LAST = after_open(10), after_open(70)
WITH_WINDOW = [kind for kind in NativeAlgorithm if kind is not NativeAlgorithm.ADAPTIVE]


def begun(open_world: Open, algorithm: NativeAlgorithm, shares: int, **how: object) -> Opened:
    """The market trades 10,000 shares a minute at 100."""
    opened = open_world(source=stepping_week("AAA", [100.0]), **RICH)
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(worked(buy("k1", shares), algorithm, **how)))
    return opened


@pytest.mark.parametrize("algorithm", WITH_WINDOW)
def test_an_algorithm_fills_the_order_between_its_start_and_its_end(
    open_world: Open, algorithm: NativeAlgorithm
) -> None:
    opened = begun(open_world, algorithm, 6_000, start=FIRST, end=LAST, max_participation_pct=Decimal(10))

    opened.broker.wait_until(after_open(120))

    told = opened.broker.executions(TUESDAY)
    assert sum(e.shares for e in told) == opened.truth().filled("k1") == 6_000
    assert len({e.execution_id for e in told}) == len(told) > 1
    assert {e.key for e in told} == {"k1"}
    assert FIRST <= told[0].at <= told[-1].at <= LAST


@pytest.mark.parametrize("algorithm", WITH_WINDOW)
def test_an_algorithm_stays_under_its_cap_and_its_rest_is_cancelled_at_the_end(
    open_world: Open, algorithm: NativeAlgorithm
) -> None:
    """A broker without a word for the cap leaves it out; then a quarter of the volume is all the market gives."""
    opened = begun(open_world, algorithm, 1_000_000, start=FIRST, end=LAST, max_participation_pct=Decimal(5))

    opened.broker.wait_until(LAST + timedelta(minutes=5))

    told = opened.broker.find_order("k1")
    assert told is not None
    assert told.state is OrderState.CANCELLED
    assert 0 < told.filled_shares < 1_000_000
    (sent,) = opened.truth().orders
    assert sent.request.native is not None
    cap = sent.request.native.max_participation_pct or Decimal(25)
    assert all(e.shares <= 10_000 * cap / 100 for e in opened.broker.executions(TUESDAY))
    assert opened.broker.open_orders() == ()


def test_an_adaptive_order_fills(open_world: Open) -> None:
    opened = begun(open_world, NativeAlgorithm.ADAPTIVE, 3_000, pace="urgent")

    opened.broker.wait_until(after_open(30))

    assert opened.broker.account_state().positions == {"AAA": Decimal(3_000)}


def test_an_algorithm_that_is_cancelled_fills_no_more(open_world: Open) -> None:
    opened = begun(open_world, NativeAlgorithm.TWAP, 6_000, start=FIRST, end=LAST)
    opened.broker.wait_until(after_open(40))

    told = opened.broker.cancel("k1")
    opened.broker.wait_until(after_open(120))

    assert told.state is OrderState.CANCELLED
    assert 0 < told.filled_shares == opened.truth().filled("k1") < 6_000
