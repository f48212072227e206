"""TWS tells no time of a quote: one from a data farm that is broken is as old as TWS's word of it."""

from datetime import timedelta

from tasks.brokers.remarks import feed_remarks
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tests.contract.ibkr.conftest import AtTws, trading

TWENTY_MINUTES = timedelta(minutes=20)


def test_a_quote_of_a_broken_farm_gets_older_until_the_farm_is_back(at_tws: AtTws) -> None:
    found = at_tws()
    broker, broke_at = trading(found), found.venue.exchange.now()
    found.venue.play(WireFault.FARM_BROKEN)
    assert broker.quotes(["AAA"])["AAA"].at == broke_at
    broker.wait_until(broke_at + TWENTY_MINUTES)
    assert broker.quotes(["AAA"])["AAA"].at == broke_at
    [remark] = feed_remarks(broker)
    assert "market data farm usfarm is broken since" in remark.words
    found.venue.say(2104)
    assert broker.quotes(["AAA"])["AAA"].at == broke_at + TWENTY_MINUTES
    assert feed_remarks(broker) == ()


def test_a_broken_farm_of_bars_is_told_and_makes_no_quote_older(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    found.venue.say(2105)
    assert broker.quotes(["AAA"])["AAA"].at == broker.now()
    assert ["historical data farm ushmds" in remark.words for remark in feed_remarks(broker)] == [True]


def test_what_was_said_on_an_earlier_connection_is_not_believed_on_the_next(at_tws: AtTws) -> None:
    """TWS tells of every farm when one connects."""
    found = at_tws()
    broker = trading(found)
    found.venue.say(2103)
    assert broker.quotes(["AAA"])["AAA"].at < broker.wait_until(broker.now() + TWENTY_MINUTES)
    broker.close()
    found.wait_for_nobody()
    broker.connect()
    assert broker.quotes(["AAA"])["AAA"].at == broker.now()
