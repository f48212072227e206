"""The world a contract case describes, whichever broker it is opened at: a market, an account, and planned lies."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks.book.broker import SimulatedSettings
from tasks.book.faults import Fault
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.store import Store
from tests.unit.brokers.simulated.simulated_world import MemorySource, flat_week, hours

ACCOUNT = "main"


@dataclass(frozen=True)
class World:
    """One account over the simulated exchange; nothing in it is about a particular broker."""

    home: Path
    faults: tuple[Fault, ...] = ()
    source: MemorySource = field(default_factory=lambda: flat_week("AAA", "BBB", "CCC"))
    settings: dict[str, Any] = field(default_factory=dict)
    """Of the simulated exchange: `opening_shares`, `fractional`, ..."""

    def exchange(self, **forced: Any) -> FaultyExchange:
        """The exchange behind the broker; `forced` settings are the broker's nature, as commissions or unique keys."""
        settings = SimulatedSettings(**{**self.settings, **forced})
        market = Market(self.source, settings, hours)
        inner = Exchange(ACCOUNT, settings, market, Store(self.home / "broker" / f"{ACCOUNT}.sqlite"))
        return FaultyExchange(inner, FaultPlan(self.faults, settings.seed))
