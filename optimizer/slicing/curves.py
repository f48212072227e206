"""Volume curves: which share of a day's volume is traded when."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from optimizer.slicing.buckets import Bucket

U_BASE, U_ARMS = 0.6, 1.2
"""Density 0.6 + 1.2 * (2t - 1)^2 over the day: three times as busy at both ends as at noon; it integrates to one."""


def u_shaped_curve(n: int) -> tuple[float, ...]:
    """The curve of every day: n fractions of a day's volume, summing to one, symmetric.

    A stylised U, labelled as modelled wherever it is shown. Raises: ValueError when n is below one.
    """
    if n < 1:
        raise ValueError(f"a curve needs at least one bin, not {n}")
    edges = np.linspace(0.0, 1.0, n + 1)
    cumulative = U_BASE * edges + U_ARMS * ((2 * edges - 1) ** 3 + 1) / 6
    return tuple(np.diff(cumulative).tolist())


def curve_on_buckets(
    day_curve: Sequence[float], open: datetime, close: datetime, buckets: Sequence[Bucket]
) -> tuple[float, ...]:
    """Read a whole day's curve (any number of even bins) on the buckets of a window: the day's fraction in each.

    The parts before the first and after the last bucket are left out, so the sum is below one; within a bin the
    volume is spread evenly. On a half day the curve is squeezed into the shorter day.
    """
    seconds = (close - open).total_seconds()
    edges = [(bucket.start - open).total_seconds() / seconds for bucket in buckets]
    edges.append((buckets[-1].end - open).total_seconds() / seconds)
    cumulative = np.concatenate([[0.0], np.cumsum(day_curve)])
    at_edges = np.interp(edges, np.linspace(0.0, 1.0, len(cumulative)), cumulative)
    return tuple(np.diff(at_edges).tolist())
