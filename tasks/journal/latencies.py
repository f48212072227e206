"""How long brokers took to answer, call by call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from sql.tables import latencies


@dataclass(frozen=True, slots=True)
class Latency:
    broker: str
    call: str
    """`submit`, `cancel` or `positions`."""
    key: str
    """Client order id; empty where the call is not about one order."""
    at: datetime
    seconds: float
    """From the call to its answer, or to giving up on one."""


class Latencies:
    """Measurements and no record of decisions: not part of the audit chain."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, measured: Sequence[Latency]) -> None:
        rows = [{name: getattr(one, name) for name in Latency.__slots__} for one in measured]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert(latencies), rows)

    def all(self, broker: str | None = None) -> tuple[Latency, ...]:
        """Oldest first."""
        query = select(latencies).order_by(latencies.c.id)
        if broker:
            query = query.where(latencies.c.broker == broker)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return tuple(Latency(**{name: row[name] for name in Latency.__slots__}) for row in rows)
