"""The facts of a world: a plain value that a seed draws and a person can read; all chance is in here."""

import random
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tasks.model.account import HaltState
from tasks.model.orders import Algorithm, Side
from tests.simulation.chosen_faults import draw_faults
from tests.simulation.market import SYMBOLS, VARIANTS, price_of, volume_of


@dataclass(frozen=True, slots=True)
class Trade:
    """One line of the plan."""

    symbol: str
    side: Side
    shares: int
    algorithm: Algorithm
    held: int
    """Shares of it that the account opens with, signed."""


class Wake(StrEnum):
    """When the paused older life goes on."""

    IN_THE_MIDDLE = "in the middle of the newer life"
    AT_THE_END = "after the newer life"


@dataclass(frozen=True, slots=True)
class Life:
    """One run of the program, up to its death."""

    dies_at: int | None = None
    """Number of the point; None lives to its end."""
    pauses_at: int | None = None
    """Number of the point at which it stands still while a newer life runs; then it dies only afterwards."""
    pauses_beside: str = ""
    """Only at a point of this call, `submit` or `cancel`; empty is any point."""
    wakes: Wake = Wake.AT_THE_END
    wakes_at: int = 1
    """Number of the newer life's point at which it wakes, when in the middle."""
    away_min: int = 0
    """Minutes of market time that pass after this life before the next one begins."""
    clock_jump_s: int = 90
    """Seconds that the wall clock jumps after it; negative is back."""
    known_dead: bool = False
    """Whether the next life can prove that this one is dead; otherwise its lease has to run out."""


@dataclass(frozen=True, slots=True)
class HaltFact:
    """Somebody sets the halt state at a point of a life, and lifts it before a later rerun."""

    life: int
    at: int
    state: HaltState


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is particular about one world."""

    seed: int
    market: int
    trades: tuple[Trade, ...]
    cash: int
    waves: int
    child_order: str
    leftover: str
    limit_offset_bps: int
    participation_pct: int
    exchange_participation_pct: int
    deadline_min: int
    """After so long an order without an answer becomes a ticket."""
    unique_keys: bool
    faults: tuple[dict[str, Any], ...]
    """As the book's `broker.simulated.faults`."""
    lives: tuple[Life, ...]
    halt: HaltFact | None = None
    wire: str = ""
    """Name of the wire between the program and the exchange; empty is none: the exchange is in the process."""
    commission: bool = True
    fractional: bool = False

    @property
    def broker(self) -> dict[str, object]:
        """The exchange's nature and its lies, as the book's `broker.simulated` names them."""
        free = {} if self.commission else {"fee_per_share_usd": 0, "fee_minimum_usd": 0}
        nature = {"unique_keys": self.unique_keys, "fractional": self.fractional, **free}
        return {**nature, "faults": self.faults, "seed": self.seed}


def draw(seed: int) -> Facts:
    """The facts of world number `seed`; the same for ever, as long as nobody changes the order of the dice."""
    dice = random.Random(f"steelyard world {seed}")
    market = dice.randrange(VARIANTS)
    trades = tuple(_trade(dice, market, symbol) for symbol in SYMBOLS[: dice.choice((2, 2, 3, 4))])
    lives = _lives(dice)
    return Facts(
        seed=seed,
        market=market,
        trades=trades,
        cash=_cash(dice, market, trades),
        waves=dice.choice((1, 1, 1, 2, 2, 3, 4)),
        child_order=dice.choice(("market", "limit")),
        leftover=dice.choice(("sweep", "cancel")),
        limit_offset_bps=dice.choice((-5, 0, 5, 25)),
        participation_pct=dice.choice((5, 10, 20, 40)),
        exchange_participation_pct=dice.choice((3, 10, 25, 60)),
        deadline_min=dice.choice((1, 5, 15)),
        unique_keys=dice.random() < 0.5,
        faults=draw_faults(dice),
        lives=lives,
        halt=_halt(dice, len(lives)),
    )


def _trade(dice: random.Random, market: int, symbol: str) -> Trade:
    """Up to a third of a usual day's volume, so that caps bind in some worlds and not in others."""
    side = dice.choice(tuple(Side))
    shares = max(1, int(volume_of(market, symbol) * 10 ** dice.uniform(-4, -0.5)))
    held = shares + dice.randrange(shares + 1) if side is Side.SELL else dice.choice((0, shares // 2))
    return Trade(symbol, side, shares, dice.choice(tuple(Algorithm)), held)


def _cash(dice: random.Random, market: int, trades: tuple[Trade, ...]) -> int:
    """Plenty in most worlds; in some less than the buys need."""
    buys = sum(t.shares * price_of(market, t.symbol) for t in trades if t.side is Side.BUY)
    return int(buys * dice.choice((0.6, 1.3, 3.0))) + 10_000


def _lives(dice: random.Random) -> tuple[Life, ...]:
    """Up to four lives that do not end well; who is not killed runs to its end, whatever that is."""
    return tuple(_life(dice) for _ in range(dice.choice((0, 0, 1, 1, 1, 1, 2, 2, 3, 4))))


def _life(dice: random.Random) -> Life:
    at = int(10 ** dice.uniform(0.0, 2.1))
    away = dice.choice((0, 0, 0, 1, 7, 30))
    jump = dice.choice((90, 90, 90, 90, 3600))
    if dice.random() < 0.7:
        if dice.random() < 0.5:
            return Life(dies_at=at, away_min=away, clock_jump_s=dice.choice((0, 5, -600)), known_dead=True)
        return Life(dies_at=at, away_min=away, clock_jump_s=jump)
    beside = dice.choice(("", "submit", "submit", "cancel"))
    wakes, wakes_at = dice.choice(tuple(Wake)), int(10 ** dice.uniform(0.3, 2.0))
    return Life(None, at, beside, wakes, wakes_at, away_min=away, clock_jump_s=jump)


def _halt(dice: random.Random, lives: int) -> HaltFact | None:
    if dice.random() > 0.12:
        return None
    state = dice.choice((HaltState.HALTED, HaltState.REDUCING))
    return HaltFact(dice.randint(0, lives), int(10 ** dice.uniform(0.5, 1.8)), state)


def decimal(value: float) -> Decimal:
    """A price to four places."""
    return Decimal(str(round(value, 4)))
