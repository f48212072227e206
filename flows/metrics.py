"""Metrics for Prometheus, read from the journal whenever they are asked for: no run knows of them."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from flows.home import home
from tasks.heartbeats import Giver, last_beat
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle
from tasks.model.executions import totals_of
from tasks.model.halts import STRICTNESS

LOOPBACK = "127.0.0.1"
OF_SESSION = ("book", "kind")
WHAT = {
    "steelyard_session_timestamp_seconds": "Midnight UTC of the newest session of the book",
    "steelyard_session_changed_timestamp_seconds": "When the status of that session changed last",
    "steelyard_session_seconds": "Sum of the seconds of its finished steps",
    "steelyard_session_orders": "Its block orders",
    "steelyard_session_fills": "Its executions that count",
    "steelyard_session_traded_usd": "What it traded, in USD",
}
"""Of the newest session of each book and kind (`rebalance`, `liquidation`)."""


class JournalMetrics(Collector):
    """Opens the journal for each look, so that it stands in nobody's way between two."""

    def describe(self) -> list[Metric]:
        """Nothing: the registry need not open a journal to register."""
        return []

    def collect(self) -> Iterator[Metric]:
        journal = open_journal(home())
        try:
            yield from of_journal(journal)
        finally:
            journal.close()
        yield _heartbeats()


def of_journal(journal: Journal) -> Iterator[Metric]:
    """Orders, slices, fills, breaks and halts, and how the newest session of each book stands."""
    newest = _newest(journal)
    yield from _sessions(journal, newest)
    yield _statuses(newest)
    yield _slices(journal, newest)
    yield from _books(journal, sorted({cycle.book for cycle in newest}))


def _newest(journal: Journal) -> list[Cycle]:
    found: dict[tuple[str, str], Cycle] = {}
    for cycle in journal.cycles.all():
        found.setdefault((cycle.book, cycle.kind), cycle)
    return [found[of] for of in sorted(found)]


def _gauge(name: str, words: str, labels: tuple[str, ...]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=labels)


def _sessions(journal: Journal, newest: list[Cycle]) -> Iterator[Metric]:
    gauges = {name: _gauge(name, words, OF_SESSION) for name, words in WHAT.items()}
    for cycle in newest:
        done = totals_of(journal.orders.fills(cycle.cycle_id))
        values = {
            "steelyard_session_timestamp_seconds": datetime.combine(cycle.session, time(), UTC).timestamp(),
            "steelyard_session_changed_timestamp_seconds": cycle.changed_at.timestamp(),
            "steelyard_session_seconds": sum(step.seconds for step in journal.cycles.checkpoints(cycle)),
            "steelyard_session_orders": len(journal.orders.orders(cycle.cycle_id)),
            "steelyard_session_fills": done.fills,
            "steelyard_session_traded_usd": float(done.notional_usd),
        }
        for name, value in values.items():
            gauges[name].add_metric([cycle.book, cycle.kind], value)
    yield from gauges.values()


def _statuses(newest: list[Cycle]) -> Metric:
    gauge = _gauge("steelyard_session_status", "1 for the status that it has", (*OF_SESSION, "status"))
    for cycle in newest:
        gauge.add_metric([cycle.book, cycle.kind, cycle.status], 1)
    return gauge


def _slices(journal: Journal, newest: list[Cycle]) -> Metric:
    gauge = _gauge("steelyard_session_slices", "Its slices, by the state they have now", (*OF_SESSION, "state"))
    for cycle in newest:
        for state, count in sorted(Counter(p.state.value for p in journal.orders.slices(cycle.cycle_id)).items()):
            gauge.add_metric([cycle.book, cycle.kind, state], count)
    return gauge


def _books(journal: Journal, books: list[str]) -> Iterator[Metric]:
    breaks = _gauge("steelyard_open_breaks", "Breaks that nobody has explained", ("book",))
    tickets = _gauge("steelyard_open_tickets", "Orders whose fate only a person can find out", ("book",))
    halts = _gauge("steelyard_halt_state", "0 normal, 1 reducing, 2 halted", ("book",))
    for book in books:
        breaks.add_metric([book], len(journal.books.breaks(book, open_only=True)))
        tickets.add_metric([book], sum(1 for ticket in journal.orders.tickets(book) if ticket.resolution is None))
        halts.add_metric([book], STRICTNESS.index(journal.halts.state(book)))
    yield from (breaks, tickets, halts)


def _heartbeats() -> Metric:
    gauge = _gauge(
        "steelyard_last_heartbeat_timestamp_seconds", "The newest sign of life of desk and operator", ("of",)
    )
    for giver in Giver:
        if (known := last_beat(home(), giver)) is not None:
            gauge.add_metric([giver.value], known.at.timestamp())
    return gauge


def serve(port: int) -> tuple[int, "threading.Thread"]:
    """On loopback alone; 0 takes a free port. The port that it listens at, and the thread that answers.

    Raises: OSError for a port that is taken.
    """
    registry = CollectorRegistry()
    registry.register(JournalMetrics())
    server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    return server.server_port, thread


def main() -> None:
    """`python -m flows.metrics PORT`, as the supervisor of a desk starts it."""
    serve(int(sys.argv[1]))[1].join()


if __name__ == "__main__":
    main()
