"""One book over two real wires: Alpaca's at one end and TWS's at the other, each over an exchange of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.book.broker import IbkrSettings, PartSettings
from tasks.book.faults import Call, FaultKind
from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.rate_limit import Unlimited
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.ports.broker import Broker
from tests.contract.alpaca.desk import KEY_ID, SECRET, SILENCE_S
from tests.contract.conftest import fault
from tests.contract.ibkr.hurry import HurriedVenue
from tests.contract.ibkr.venue import PATIENCE_S, PATIENT, ExchangeClock
from tests.contract.multi.day import TRADES, Day
from tests.simulation.market import hours

WANTED = {symbol: Decimal(shares) for symbol, (_, shares) in TRADES.items()}
NATURE = {"a": {"fee_per_share_usd": 0, "fee_minimum_usd": 0}, "b": {"unique_keys": False}}


@dataclass
class WiredDay(Day):
    """`a` is Alpaca and `b` is Interactive Brokers; the venues outlive every life of the program."""

    alpaca: AlpacaVenue = field(init=False)
    tws: TwsVenue = field(init=False)
    opened: list[IbkrBroker] = field(default_factory=list)

    def open_part(self, part: PartSettings, tag: str) -> Broker:
        if tag == "a":
            endpoints = Endpoints(self.alpaca.url, self.alpaca.url)
            wire = Wire(Credentials(KEY_ID, SECRET), endpoints, trading=Unlimited(), data=Unlimited())
            return AlpacaBroker(wire, ExchangeClock(self.alpaca.exchange), part.account)  # type: ignore[arg-type]
        settings = IbkrSettings(port=self.tws.port, **PATIENT)
        broker = IbkrBroker(settings, part.account, ExchangeClock(self.tws.exchange), hours)  # type: ignore[arg-type]
        self.opened.append(broker)
        return broker


@contextmanager
def wired(home: Path, **more: object) -> Iterator[WiredDay]:
    day = WiredDay(home, nature=NATURE, waves=2, **more)  # type: ignore[arg-type]
    with (
        AlpacaVenue(day.liar("a"), KEY_ID, SECRET, holds_s=SILENCE_S) as day.alpaca,
        HurriedVenue(day.liar("b"), PATIENCE_S) as day.tws,
    ):
        try:
            yield day
        finally:
            for broker in day.opened:
                broker.close()


def test_a_session_over_alpacas_wire_and_the_tws_wire_ends_with_both_in_agreement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wired(tmp_path) as day:
        day.prepare()
        day.work(monkeypatch)

        day.assert_everything_is_true()
        assert {symbol: day.filled(symbol) for symbol in TRADES} == WANTED
        assert (day.filled("AAA", "a"), day.filled("AAA", "b")) == (200, 200)
        assert day.breaks() == []


@pytest.mark.parametrize("tag", ["a", "b"])
def test_while_one_wire_is_down_the_other_trades_and_afterwards_nothing_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    """Alpaca answers nothing for a while; TWS says that it has lost its line, and then that it is back."""
    silence = fault(FaultKind.DISCONNECT, call=Call.PLACE, nth=2, seconds=1500)
    with wired(tmp_path, faults={tag: [silence]}) as day:
        day.prepare()
        day.work(monkeypatch)

        day.assert_everything_is_true()
        assert day.breaks() == []
