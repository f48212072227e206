"""A slice for the opening auction meets the market data of a broker before the open: old by nature, and good enough."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.execution.pre_send_checks import look_once_more
from tasks.execution.wave_inputs import SliceDraft
from tasks.market_data.calendar import previous_session, session_hours
from tasks.model.orders import Algorithm, OrderType, TimeInForce
from tasks.plan.check_context import Totals
from tasks.ports.broker import Broker
from tests.contract.alpaca.desk import broker_at, open_venue
from tests.contract.alpaca.http_faults import bent
from tests.contract.ibkr.conftest import trading
from tests.contract.ibkr.venue import desk
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import TUESDAY
from tests.unit.execution.morning_desk import order
from tests.unit.execution.test_last_look import context

SYMBOL = "AAA"
LAST_CLOSE = session_hours(previous_session(TUESDAY))[1]


def sent_by(broker: Broker) -> int:
    """Shares of a slice of 100 for the opening auction that go out now, before the open."""
    opens, closes = broker.session_hours(TUESDAY)
    now, quotes = broker.now(), broker.quotes([SYMBOL])
    assert now < opens
    price = quotes[SYMBOL].last
    there = context({}, quotes=quotes, now=now, opens=opens, closes=closes, last_close=LAST_CLOSE)
    opening = order(SYMBOL, 100, algorithm=Algorithm.AT_OPEN, decision_price=price, adv_shares=1e9)
    child = SliceDraft(opening, Decimal(100), OrderType.MARKET, TimeInForce.AT_OPEN, None)
    passed, _ = look_once_more([child], there, Totals(), liquidates=False)
    return int(sum(one.shares for one in passed))


def quoted_at(venue: AlpacaVenue, at: datetime) -> None:
    def older(body: Any) -> Any:
        quote = {**body[SYMBOL]["latestQuote"], "t": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
        return {**body, SYMBOL: {**body[SYMBOL], "latestQuote": quote}}

    venue.http_faults.plan(bent("GET", "/snapshots", older))


@pytest.mark.parametrize(
    ("before_the_close", "sent"), [(timedelta(0), 100), (timedelta(minutes=10), 100), (timedelta(hours=1), 0)]
)
def test_at_alpaca_the_quote_of_the_last_close_lets_an_opening_slice_go(
    tmp_path: Path, before_the_close: timedelta, sent: int
) -> None:
    with open_venue(World(tmp_path)) as venue:
        venue.exchange.begin(TUESDAY)
        broker: AlpacaBroker = broker_at(venue, tmp_path)
        quoted_at(venue, LAST_CLOSE - before_the_close)
        assert sent_by(broker) == sent


def test_at_tws_whose_quotes_bear_no_time_an_opening_slice_goes(tmp_path: Path) -> None:
    with desk(World(tmp_path)) as found:
        found.venue.exchange.begin(TUESDAY)
        assert sent_by(trading(found)) == 100
