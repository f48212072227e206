"""What the ledger is worth: net asset value, exposure, high-water mark and drawdown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.fills.ledger import LedgerState

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Worth:
    """USD at the given prices; exposures are fractions of net asset value."""

    nav_usd: Decimal
    gross: Decimal
    net: Decimal
    unrealised_usd: Decimal
    realised_usd: Decimal
    unpriced: tuple[str, ...]
    """Held symbols without a price; they are left out of every figure."""


def worth(state: LedgerState, prices: Mapping[str, Decimal]) -> Worth:
    """Value a ledger. Raises nothing: what cannot be priced is named."""
    held = {s: p for s, p in state.positions.items() if p.shares}
    values = {s: p.shares * prices[s] for s, p in held.items() if s in prices}
    nav = state.cash_usd + sum(values.values(), ZERO)
    return Worth(
        nav_usd=nav,
        gross=sum((abs(v) for v in values.values()), ZERO) / nav if nav else ZERO,
        net=sum(values.values(), ZERO) / nav if nav else ZERO,
        unrealised_usd=sum((held[s].unrealised_usd(prices[s]) for s in values), ZERO),
        realised_usd=sum((p.realised_usd for p in state.positions.values()), ZERO),
        unpriced=tuple(sorted(set(held) - set(values))),
    )


@dataclass(frozen=True, slots=True)
class Drawdown:
    high_water_usd: Decimal
    now: Decimal
    """Fraction below the high-water mark, 0 at the top."""
    deepest: Decimal


def drawdown(navs: Sequence[Decimal]) -> Drawdown:
    """From net asset values, oldest first. Raises: ValueError when there is none."""
    if not navs:
        raise ValueError("no net asset value is on record")
    top, deepest, now = navs[0], ZERO, ZERO
    for nav in navs:
        top = max(top, nav)
        now = (top - nav) / top if top > 0 else ZERO
        deepest = max(deepest, now)
    return Drawdown(top, now, deepest)
