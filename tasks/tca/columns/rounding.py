"""Parts rounded so that they add up to their rounded total, for many orders at once: `money.allocated` in columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tasks.tca.columns.exact import Exact, Ints, narrowed, nearest, times

Known = NDArray[np.bool_]


def allocated_columns(
    parts: Sequence[Exact], known: Sequence[Known], decimals: int, of: Exact | None = None
) -> tuple[Exact, ...]:
    """All down first, then up by largest remainder; what is not known is 0 and takes no part.

    `of`: positive numbers that each order's parts are divided by first; None divides by one.
    """
    finest = max(part.decimals for part in parts)
    over, under = _as_fractions([part.scaled(finest) for part in parts], finest, decimals, of)
    floors = [np.where(mask, np.floor_divide(part, under), 0) for part, mask in zip(over, known, strict=True)]
    rests = [np.where(mask, np.remainder(part, under), -1) for part, mask in zip(over, known, strict=True)]
    whole = sum((np.where(mask, part, 0) for part, mask in zip(over, known, strict=True)), start=np.zeros_like(over[0]))
    missing = nearest(whole, under) - sum(floors, start=np.zeros_like(floors[0]))
    ranks = _ranks(rests)
    return tuple(
        Exact(floor + ((rank < missing) & mask).astype(floor.dtype), decimals)
        for floor, rank, mask in zip(floors, ranks, known, strict=True)
    )


def _as_fractions(parts: list[Ints], finest: int, decimals: int, of: Exact | None) -> tuple[list[Ints], Ints]:
    """(parts, under): each part over `under` is the number in units of the last decimal that is shown."""
    shift = decimals - finest + (of.decimals if of else 0)
    up, down = 10 ** max(shift, 0), 10 ** max(-shift, 0)
    over = [times(part, up) for part in parts]
    under = times(of.units, down) if of else narrowed([down] * len(parts[0]))
    if under.dtype == object or any(part.dtype == object for part in over):
        return [part.astype(object) for part in over], under.astype(object)
    return over, under


def _ranks(rests: list[Ints]) -> list[Ints]:
    """Of each part among its order's: 0 has the largest remainder; of equal ones the first comes first."""
    ranks: list[Ints] = []
    for i, mine in enumerate(rests):
        before = np.zeros(len(mine), np.int64)
        for j, other in enumerate(rests):
            if j != i:
                before += ((other > mine) | ((other == mine) & (j < i))).astype(np.int64)
        ranks.append(before)
    return ranks
