"""Finds runs: stretches in which something holds without a break."""

import numpy as np
from numpy.typing import NDArray


def runs_of(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Start and end (exclusive) of each stretch of True, in order."""
    padded = np.concatenate([[False], flags, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def longest_runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Length of the longest stretch of True in each column, shape (n,) from (T, n)."""
    longest = np.zeros(flags.shape[1], dtype=np.int64)
    current = np.zeros(flags.shape[1], dtype=np.int64)
    for row in flags:
        current = np.where(row, current + 1, 0)
        longest = np.maximum(longest, current)
    return longest
