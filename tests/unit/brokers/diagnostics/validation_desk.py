"""A simulated broker in the middle of a session, and hands that interfere with a validation."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tasks.book.faults import Fault
from tasks.brokers.diagnostics.validate import Validation, validate_broker
from tasks.brokers.diagnostics.validation_keys import KeyFile
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.errors import OrderRefusedError
from tasks.model.capabilities import Capabilities
from tasks.model.orders import BrokerOrder, OrderRequest
from tasks.ports.broker import Broker
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import OPEN, TUESDAY

SYMBOL = "AAA"


@dataclass
class Between:
    """Implements `Broker`: passes everything on to the real one, and does what a case wants around a write."""

    inner: SimulatedBroker
    before: Callable[[OrderRequest], None] = lambda _: None
    after: Callable[[int], None] = lambda _: None
    """Told how many orders have gone out."""
    is_live: bool = False
    cancels: bool = True
    sent: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def capabilities(self) -> Capabilities:
        told = self.inner.capabilities
        return replace(told, environment="live") if self.is_live else told

    def submit(self, request: OrderRequest) -> BrokerOrder:
        self.before(request)
        told = self.inner.submit(request)
        self.sent += 1
        self.after(self.sent)
        return told

    def cancel(self, key: str) -> BrokerOrder:
        if self.cancels:
            return self.inner.cancel(key)
        raise OrderRefusedError(f"{key}: not cancelled")


def at_work(home: Path, *faults: Fault, **settings: Any) -> SimulatedBroker:
    """Five minutes into a session, holding ten shares."""
    world = World(home, faults, settings={"opening_shares": {SYMBOL: 10}, **settings})
    broker = SimulatedBroker(world.exchange())
    broker.connect()
    broker.open_session(TUESDAY)
    broker.wait_until(OPEN + timedelta(minutes=5))
    return broker


def keys_in(home: Path) -> KeyFile:
    return KeyFile(home / "validations", "simulated", ACCOUNT, OPEN)


def validated(broker: Any, keys: KeyFile, earlier: tuple[str, ...] = ()) -> Validation:
    typed: Broker = broker
    return validate_broker(typed, ACCOUNT, SYMBOL, keys, earlier)


def open_of(broker: SimulatedBroker) -> list[str]:
    return [told.key for told in broker.truth().orders if told.state.value in ("accepted", "partially_filled")]
