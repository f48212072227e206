"""Stands between the program and the wire: looks at both memories at the very moment an order goes out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tasks.book.execution import ExecutionSettings
from tasks.brokers.simulated.exchange import Exchange
from tasks.execution.schedule import volume_shares
from tasks.model.orders import Algorithm, OrderRequest
from tasks.orders.waves import Wave, WaveKind, waves_of
from tests.simulation.market import OPEN, SESSION, hours
from tests.simulation.memory import JournalReader, Row

ON_THE_WAY = ("sent", "unknown")
ZERO = Decimal(0)
FLOAT_NOISE = Decimal("1.000000001")
"""The program works out expected volumes in floats."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken law, with the figures."""

    law: str
    what: str

    def __str__(self) -> str:
        return f"{self.law}: {self.what}"


@dataclass
class Witness:
    """Sees every write of every life of one world."""

    journal: JournalReader
    settings: ExecutionSettings
    adv_shares: dict[str, float]
    algorithms: dict[str, Algorithm]
    keys_are_unique: bool
    exchange: Exchange
    """The exchange itself, past every lie."""
    now: Callable[[], datetime]
    """The clock that the exchange tells."""
    violations: list[Violation] = field(default_factory=list)
    auctions_in_minutes: bool = False
    """Whether the broker tells the volume of the auctions within its minutes, so that nobody can take it out."""
    sent: dict[str, int] = field(default_factory=dict)
    """How often each key went out, by any life."""
    _asked: dict[str, set[str]] = field(default_factory=dict)

    def life(self, name: str, token: Callable[[], int]) -> Callable[[str, tuple[Any, ...]], None]:
        """What one life's broker calls before each of its calls."""
        self._asked[name] = set()

        def look(method: str, words: tuple[Any, ...]) -> None:
            if method == "find_order":
                self._asked[name].add(words[0])
            if method in ("submit", "cancel"):
                self._writer_is_the_newest(method, token())
            if method == "submit":
                self._submits(name, words[0])

        return look

    def broken(self, law: str, what: str) -> None:
        self.violations.append(Violation(law, what))

    def _writer_is_the_newest(self, method: str, token: int) -> None:
        newest = self.journal.rows("SELECT token FROM leases")[0]["token"]
        if token != newest:
            self.broken("one writer", f"{method} under token {token} although {newest} has the book")

    def _submits(self, life: str, request: OrderRequest) -> None:
        key = request.key
        slices = {row["key"]: row for row in self.journal.rows("SELECT * FROM slices")}
        events = self.journal.rows("SELECT key, state FROM order_events ORDER BY id")
        state: dict[str, str] = {event["key"]: event["state"] for event in events}
        if state.get(key) != "sent" or key not in slices:
            self.broken("written before sent", f"{key} goes out while the journal says {state.get(key, 'nothing')}")
            return
        self._may_be_sent_again(life, key)
        self._nothing_beside_it(request, slices, state)
        self._not_halted(request)
        if (key, "unknown") not in {(event["key"], event["state"]) for event in events}:
            # An order that may have gone out before takes its key whenever it is found missing, at its old size.
            self._in_its_own_time(request, slices[key])
            self._within_the_cap(request, slices[key])
        self.sent[key] = self.sent.get(key, 0) + 1
        self._asked[life].discard(key)

    def _may_be_sent_again(self, life: str, key: str) -> None:
        if key not in self.sent:
            return
        if not self.keys_are_unique:
            self.broken("never sent twice", f"{key} goes out again at a broker that does not know its keys")
        elif key not in self._asked[life]:
            self.broken("asked before sent again", f"{key} goes out again and nobody asked the broker for it")

    def _nothing_beside_it(self, request: OrderRequest, slices: dict[str, Row], state: dict[str, str]) -> None:
        beside = [
            key
            for key, row in slices.items()
            if row["symbol"] == request.symbol and key != request.key and state.get(key) in ON_THE_WAY
        ]
        if beside:
            self.broken("unknown locks its symbol", f"{request.key} goes out while {beside} is {state[beside[0]]}")

    def _not_halted(self, request: OrderRequest) -> None:
        newest = {row["scope"]: row["state"] for row in self.journal.rows("SELECT scope, state FROM halts ORDER BY id")}
        if "halted" in newest.values():
            self.broken("nothing while halted", f"{request.key} goes out")
        elif "reducing" in newest.values():
            held = self.exchange.account().positions.get(request.symbol, ZERO)
            change = request.side.sign * request.shares
            if held * change >= 0 or abs(change) > abs(held):
                self.broken("only reducing", f"{request.key} moves {held} {request.symbol} by {change}")

    def _in_its_own_time(self, request: OrderRequest, piece: Row) -> None:
        wave = next(w for w in waves_of(hours(SESSION), self.settings) if w.number == piece["wave"])
        if self.now() >= wave.until:
            self.broken("in its own time", f"{request.key} goes out after its wave ended at {wave.until:%H:%M}")

    # ---- the participation cap -------------------------------------------------------------------------------------

    def _within_the_cap(self, request: OrderRequest, piece: Row) -> None:
        room = self._room(request, piece)
        if room is not None and request.shares > room * FLOAT_NOISE:
            self.broken(
                "within the participation cap",
                f"{request.key} is {request.shares} shares of {request.symbol}; the cap leaves {room:.2f}",
            )

    def _room(self, request: OrderRequest, piece: Row) -> Decimal | None:
        """Most shares that this slice may have, by the market's own record; None for auctions, which have no cap."""
        waves = waves_of(hours(SESSION), self.settings)
        wave = next(w for w in waves if w.number == piece["wave"])
        algorithm = self.algorithms[request.symbol]
        if algorithm in (Algorithm.AT_OPEN, Algorithm.AT_CLOSE) or wave.kind is WaveKind.OPENING:
            return None
        cap = Decimal(str(self.settings.max_participation_pct)) / 100
        working = [w for w in waves if w.kind is WaveKind.WORKING]
        decided = self._decided_at(wave)
        if algorithm is Algorithm.POV:
            own = self._own_since(request.symbol)
            everybody = self._volume(request.symbol, working[0].at, max(wave.at, decided))
            return max((everybody - own) * cap / (1 - cap) - own, ZERO)
        left = (wave.until - max(wave.at, decided)).total_seconds()
        before = [w for w in working if w.number < wave.number]
        if not before:
            usual = self.adv_shares[request.symbol] * volume_shares(hours(SESSION), working)[0]
            return Decimal(usual * left / (wave.until - wave.at).total_seconds()) * cap
        last = before[-1]
        seen = self._volume(request.symbol, last.at, wave.at)
        return seen * Decimal(left / (last.until - last.at).total_seconds()) * cap

    def _decided_at(self, wave: Wave) -> datetime:
        row = self.journal.rows(f"SELECT decided_at FROM waves WHERE number = {wave.number}")[0]
        at = row["decided_at"]
        at = datetime.fromisoformat(at) if isinstance(at, str) else at
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at

    def _volume(self, symbol: str, start: datetime, end: datetime) -> Decimal:
        bars = self.exchange.bars(symbol, start, end)
        return Decimal(sum(bar.volume for bar in bars if self.auctions_in_minutes or bar.auction is None))

    def _own_since(self, symbol: str) -> Decimal:
        """Our own shares in it outside the opening auction, by the exchange's record."""
        done = self.exchange.truth().standing
        return sum((e.shares for e in done if e.symbol == symbol and e.at > OPEN), ZERO)
