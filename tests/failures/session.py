"""One session of a small book at the simulated broker: the real journal, the real steps, and a broker that may lie."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.simulated.exchange import Exchange
from tasks.context import StepContext
from tasks.errors import SteelyardError
from tasks.execution import step as execution
from tasks.model.orders import Algorithm, Side
from tests.simulation.databases import SqliteDatabases
from tests.simulation.facts import Trade, draw
from tests.simulation.life import Ground, alive, open_truth, prepare, without_prefect, work
from tests.simulation.market import volume_of
from tests.simulation.memory import JournalReader, Row, exact, exchange_at
from tests.simulation.oracle import standing
from tests.simulation.points import Killed, Point, Points, lives

MARKET = 0
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Called:
    """One call of a run to its broker, seen before it went out."""

    run: str
    method: str
    words: tuple[Any, ...]
    at: datetime
    """By the exchange's own clock."""

    @property
    def key(self) -> str:
        return getattr(self.words[0], "key", self.words[0])


@dataclass
class Session:
    """What the runs of one session share: files, market, clock, and everything that was said to the broker."""

    ground: Ground
    exchange: Exchange
    """The exchange itself, past every lie."""
    calls: list[Called] = field(default_factory=list)
    onlookers: list[Callable[[Called], None]] = field(default_factory=list)
    """Each is told of a call before it goes out."""

    def run(self, name: str = "a run", dies_at: Callable[[Point], bool] | None = None) -> str:
        """One life to its end; returns `done`, `killed` or what it stopped for."""
        try:
            with self.begun(name, dies_at) as desk:
                work(desk)
        except Killed:
            return "killed"
        except SteelyardError as stop:
            return f"{type(stop).__name__}: {stop}"
        return "done"

    @contextmanager
    def begun(self, name: str = "a run", dies_at: Callable[[Point], bool] | None = None) -> Iterator[StepContext]:
        """The desk of one life; whoever had the lease before is known to be dead."""
        points = Points(lives if dies_at is None else _dies(dies_at))
        with self.opened(points, name, lambda _: True) as desk:
            yield desk

    @contextmanager
    def opened(self, points: Points, name: str, is_dead: Callable[[str], bool]) -> Iterator[StepContext]:
        """As a run's composition root does it: the lease first, then the connection."""
        with alive(self.ground, points, name, self, is_dead) as desk:  # type: ignore[arg-type]
            desk.broker.connect()
            yield desk

    # --- what a run's broker is watched by ---

    def life(self, name: str, _token: Callable[[], int]) -> Callable[[str, tuple[Any, ...]], None]:
        """As the simulation's witness: what is told of each call of one run, before it goes out."""

        def look(method: str, words: tuple[Any, ...]) -> None:
            called = Called(name, method, words, self.exchange.now())
            self.calls.append(called)
            for onlooker in self.onlookers:
                onlooker(called)

        return look

    def asked(self, method: str, key: str = "") -> list[Called]:
        """Calls of one kind, oldest first; with `key` only those about it, or about keys that contain it."""
        return [call for call in self.calls if call.method == method and key in str(call.words)]

    # --- the two memories ---

    def rows(self, query: str) -> list[Row]:
        reader = JournalReader(self.ground.url)
        try:
            return reader.rows(query)
        finally:
            reader.close()

    def states_of(self, key: str) -> list[str]:
        """Every state that the journal ever had for a key, in the order of recording."""
        return [e["state"] for e in self.rows("SELECT * FROM order_events ORDER BY id") if e["key"] == key]

    def last_states(self) -> dict[str, str]:
        return {e["key"]: e["state"] for e in self.rows("SELECT key, state FROM order_events ORDER BY id")}

    def fills(self) -> dict[str, Row]:
        return {row["execution_id"]: row for row in self.rows("SELECT * FROM fills")}

    def breaks(self) -> list[Row]:
        return self.rows("SELECT * FROM breaks ORDER BY break_id")

    def orders_there(self) -> list[Row]:
        return exchange_at(self.ground.broker_file).orders

    def executions_there(self) -> dict[str, Row]:
        return {row["execution_id"]: row for row in exchange_at(self.ground.broker_file).executions}

    def position_there(self, symbol: str) -> Decimal:
        return exchange_at(self.ground.broker_file).positions.get(symbol, ZERO)

    def done_there(self, symbol: str) -> Decimal:
        """Shares of our own orders in a symbol that stand at the exchange."""
        rows = [r for r in standing(exchange_at(self.ground.broker_file).executions) if r["symbol"] == symbol]
        keys = {piece["key"] for piece in self.rows("SELECT key FROM slices")}
        return sum((exact(row["shares"]) for row in rows if row["key"] in keys), ZERO)

    def wrongs(self) -> list[str]:
        """Where the journal and the exchange's own book do not say the same; read from both as they lie on disk."""
        book, journal = exchange_at(self.ground.broker_file), self.fills()
        keys = {piece["key"] for piece in self.rows("SELECT key FROM slices")}
        there = {row["execution_id"]: row for row in book.executions if row["key"] in keys}
        sent = Counter(order["key"] for order in book.orders if order["key"] in keys)
        return [
            *(f"{key} is {times} orders at the exchange" for key, times in sent.items() if times > 1),
            *(f"execution {name} is not in the journal" for name in there.keys() - journal.keys()),
            *(f"execution {name} is not at the exchange" for name in journal.keys() - there.keys()),
            *(f"execution {name} differs" for name in there.keys() & journal.keys() if _differ(there, journal, name)),
            *(f"{o['symbol']}: too much done" for o in self.rows("SELECT * FROM orders") if self._is_exceeded(o)),
        ]

    def _is_exceeded(self, order: Row) -> bool:
        return self.done_there(order["symbol"]) > exact(order["shares"])


def _differ(there: dict[str, Row], journal: dict[str, Row], name: str) -> bool:
    return any(exact(there[name][figure]) != exact(journal[name][figure]) for figure in ("shares", "price", "fee"))


def _dies(at: Callable[[Point], bool]) -> Callable[[Point], None]:
    """A dead life reaches nothing any more: every point behind its death is death again."""
    dead = False

    def fate(point: Point) -> None:
        nonlocal dead
        dead = dead or at(point)
        if dead:
            raise Killed(point.name)

    return fate


def some(symbol: str, percent: float = 1.0) -> int:
    """So many percent of a usual day's volume, in shares."""
    return int(volume_of(MARKET, symbol) * percent / 100)


def buy(symbol: str, shares: int, algorithm: Algorithm = Algorithm.TWAP) -> Trade:
    return Trade(symbol, Side.BUY, shares, algorithm, 0)


def sell(symbol: str, shares: int, algorithm: Algorithm = Algorithm.TWAP, held: int | None = None) -> Trade:
    return Trade(symbol, Side.SELL, shares, algorithm, shares if held is None else held)


def session(folder: Path, *trades: Trade, faults: tuple[dict[str, Any], ...] = (), **facts: Any) -> Session:
    """A plan of these trades, approved, with nothing sent; four waves, market orders and plenty of cash unless told."""
    usual: dict[str, Any] = {
        "seed": 0,
        "market": MARKET,
        "trades": trades,
        "cash": 50_000_000,
        "waves": 4,
        "child_order": "market",
        "leftover": "sweep",
        "limit_offset_bps": 5,
        "deadline_min": 15,
        "participation_pct": 40,
        "exchange_participation_pct": 60,
        "unique_keys": False,
        "faults": faults,
        "lives": (),
    }
    known = replace(draw(0), **{**usual, **facts})
    home = folder / "home"
    home.mkdir()
    ground = Ground(known, home, SqliteDatabases(folder).new(home))
    without_prefect(known)
    prepare(ground)
    return Session(ground, open_truth(ground))


@pytest.fixture(autouse=True)
def plain_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waves run as plain calls in these tests, and as Prefect's tasks again after each."""
    monkeypatch.setattr(execution, "execute_wave", execution.execute_wave)
    monkeypatch.setattr(execution, "market_figures", execution.market_figures)
