"""Opens several brokers for the cases of every broker: the world's exchange is one part, a second one is empty."""

from collections.abc import Iterator
from contextlib import contextmanager

from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.ports.broker import Broker
from tests.contract.brokers import Opened
from tests.contract.world import ACCOUNT, World
from tests.unit.brokers.simulated.simulated_world import broker


class KeysWithoutTag(SeveralBrokers):
    """The shared cases send keys of their own: those without a tag belong to the first part."""

    def _part_of(self, key: str) -> Member | None:
        return super()._part_of(key) or self.parts["a"]


@contextmanager
def several(world: World) -> Iterator[Opened]:
    """Without patience: the cases count which answer fails."""
    exchange = world.exchange()
    fractional = bool(world.settings.get("fractional"))

    def life() -> Broker:
        idle = broker(world.home, world.source, "idle", opening_cash_usd=0, fractional=fractional)
        parts = [
            Member("a", "simulated", ACCOUNT, SimulatedBroker(exchange), ()),
            Member("b", "simulated", "idle", idle, ()),
        ]
        return KeysWithoutTag(ACCOUNT, parts, patience=())

    first = life()
    first.connect()
    yield Opened(first, life, exchange)
