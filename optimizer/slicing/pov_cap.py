"""The cap on participation (POV): what a wave may send so that our share of the market's volume stays below it."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from optimizer.slicing.lots import floor_to_step

ZERO = Decimal(0)


def pov_slice(
    remaining: Decimal,
    market_volume_seen: Decimal,
    own_volume_seen: Decimal,
    cap: float,
    step: Decimal,
    working: Decimal = ZERO,
) -> Decimal:
    """Shares of the next percentage-of-volume slice, from the volume observed so far and nothing later.

    `market_volume_seen`: everybody's volume since the order started, our own fills included; `own_volume_seen`: our
    fills; `working`: our shares still in the market. The cap is on own / all: even if everything working and the whole
    slice fill before anybody else trades, own stays <= cap * all. Hence others * p / (1 - p) in total: of 90,000
    shares of others, 10 % is 10,000 and not 9,000. Nothing is sent before others have traded.

    Raises: ValueError when the cap is not within (0, 1), or a volume is negative.
    """
    p = _fraction(cap)
    if min(own_volume_seen, market_volume_seen, working) < 0:
        raise ValueError(
            f"volumes cannot be negative: market {market_volume_seen}, own {own_volume_seen}, working {working}"
        )
    others = max(Fraction(market_volume_seen) - Fraction(own_volume_seen), Fraction(0))
    room = others * p / (1 - p) - Fraction(own_volume_seen) - Fraction(working)
    return floor_to_step(max(min(room, Fraction(remaining)), Fraction(0)), step)


def cap_to_participation(shares: Decimal, expected_volume: float, cap: float, step: Decimal) -> Decimal:
    """The part of `shares` that is within `cap` of a wave's expected volume (>= 0, shares), in whole steps.

    The expectation is read as including our own shares, the stricter reading. What does not need cutting is returned
    as it is, also when it is no multiple of `step`.
    """
    room = Fraction(expected_volume) * _fraction(cap)
    return shares if shares <= room else floor_to_step(room, step)


def schedule_so_far(planned: Sequence[Decimal], wave: int) -> Decimal:
    """Shares the schedule wants done by the end of `wave` (1 is the first; 0 is before the start)."""
    return sum(planned[:wave], ZERO)


def due_shares(
    planned: Sequence[Decimal], wave: int, done: Decimal, expected_volume: float | None, cap: float, step: Decimal
) -> Decimal:
    """Shares to send in `wave`, whatever happened before: what the schedule wants by now, less what is `done`.

    `done` counts fills and shares still working. A run that slept through some waves therefore catches up, but only
    as far as the cap on this wave's expected volume allows; what the cap holds back is due again in the next wave.
    `expected_volume` None means that nobody knows it: then a wave sends no more than the largest planned wave.
    """
    behind = max(schedule_so_far(planned, wave) - done, ZERO)
    if expected_volume is None:
        return min(behind, max(planned, default=ZERO))
    return cap_to_participation(behind, expected_volume, cap, step)


def _fraction(cap: float) -> Fraction:
    if not 0 < cap < 1:
        raise ValueError(f"a participation cap must be between 0 and 1, not {cap}")
    # Read as it is written: 0.1 is one tenth, not the nearest float above it.
    return Fraction(str(cap))
