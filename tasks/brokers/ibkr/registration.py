"""Interactive Brokers: TWS or IB Gateway is logged in already, and a port and a number make a connection."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tasks.book.broker import OneBroker
from tasks.book.data import DataSettings
from tasks.brokers.diagnostics.health import CheckResult
from tasks.brokers.registration import Flaw, Opening, Place, Prices, Registration, Sandbox, Served
from tasks.brokers.remarks import remarks_of
from tasks.ports.broker import Broker

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters
    from tasks.brokers.simulated.exchange import Exchange
    from tasks.ports.prices import Source

NAME = "ibkr"
PAPER_PORTS, LIVE_PORTS = (4002, 7497), (4001, 7496)
LIVE: Place = ("broker", "live")


def _open(one: OneBroker, opening: Opening) -> Broker:
    from tasks.brokers.ibkr.broker import IbkrBroker
    from tasks.brokers.ibkr.clock import WallClock
    from tasks.brokers.sandbox.address import venue_clock

    place = f"{one.ibkr.host}:{one.ibkr.port}"
    clock = venue_clock(opening.environment, place, NAME, live=opening.live) or WallClock()
    return IbkrBroker(one.ibkr, one.account, clock, opening.hours, live=opening.live)


def _prices(
    settings: DataSettings, environment: Mapping[str, str], rate_limiters: "RateLimiters | None", live: bool
) -> "Source":
    """TWS is logged in: there is no key, and history is paced by its own rule."""
    from tasks.brokers.ibkr.prices import open_ibkr_source

    del environment, rate_limiters, live
    return open_ibkr_source(settings.ibkr, settings.adjustment)


def _flaws(above: Place, one: OneBroker, live: bool) -> Iterator[Flaw]:
    wrong, kind = (PAPER_PORTS, "paper") if live else (LIVE_PORTS, "live")
    if one.ibkr.port in wrong:
        problem = f"that is TWS's port for {kind} trading, and broker.live is {str(live).lower()}"
        ports = ", ".join(map(str, LIVE_PORTS if live else PAPER_PORTS))
        remedy = f"write one of {ports}, or set broker.live: {str(not live).lower()}"
        yield Flaw((*above, NAME, "port"), one.ibkr.port, problem, remedy, (LIVE,))


def _looks(broker: Broker) -> Sequence[CheckResult]:
    return (CheckResult("client id", True, "free: TWS gave it to this connection"), _farms(broker))


def _farms(broker: Broker) -> CheckResult:
    """TWS tells of its farms as soon as one is connected."""
    broken = "; ".join(remark.words for remark in remarks_of(broker))
    remedy = "wait until TWS shows its data farms green, or restart it" if broken else ""
    return CheckResult("data farms", not broken, broken or "TWS says of none that it is broken", remedy)


@contextmanager
def _serve(exchange: "Exchange", one: OneBroker, port: int) -> Generator[Served, None, None]:
    """TWS's protocol has no word for a clock that jumps: that is told at an address of its own."""
    from tasks.brokers.sandbox.address import VARIABLE
    from tasks.brokers.sandbox.clock_server import ClockServer
    from tasks.brokers.sandbox.tws.server import TwsVenue
    from tasks.brokers.simulated.factory import lying

    with TwsVenue(lying(exchange, one), port=port) as venue:
        place = f"127.0.0.1:{venue.port}"
        with ClockServer(place, exchange.now, venue.advance) as clock:
            lines = (f"name: {NAME}", f"account: {one.account}", f"{NAME}: {{port: {venue.port}}}")
            yield Served({VARIABLE: clock.url}, lines)


IBKR = Registration(
    name=NAME,
    title="Interactive Brokers",
    open=_open,
    libraries=("ib_insync", "ib_async"),
    connection=("host", "port", "client_id"),
    takes_fractions=lambda one: one.ibkr.share_step < 1,
    fractions="share_step: 0.0001",
    flaws=_flaws,
    once_connected=_looks,
    # An orderRef is a label only.
    sandbox=Sandbox({"unique_keys": False}, _serve),
    prices=Prices(
        _prices,
        {
            "raw": (
                "Interactive Brokers tells no prices without splits in them",
                "set split (its TRADES) or split_and_dividend (its ADJUSTED_LAST)",
            )
        },
    ),
)
