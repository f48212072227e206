"""Two samples held against each other, each time by a mean and by ranks, and corrected for how often one looked."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05
"""Two-sided, for all comparisons of a report together."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A difference of means in the unit of the samples with its 95 % interval, and two p-values, both two-sided."""

    effect: float
    low: float
    high: float
    """Not corrected for the number of comparisons."""
    p_mean: float
    """Of the t-test."""
    p_rank: float
    """Of the rank test, which no single wild value can carry."""


def paired_tests(differences: Sequence[float]) -> Tested | None:
    """Paired t and Wilcoxon's signed rank on first less second of every pair; None where all are equal.

    Sources: Student (1908); Wilcoxon (1945). Pairs of no difference are left out of the ranks, as Wilcoxon did.
    """
    from scipy.stats import ttest_1samp, wilcoxon

    if len(differences) < 2 or not np.ptp(differences) > 0:
        return None
    mean = ttest_1samp(differences, 0.0)
    bounds = mean.confidence_interval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few pairs or ties: scipy says that it takes the normal approximation
        rank = wilcoxon(differences)
    return Tested(
        float(np.mean(differences)), float(bounds.low), float(bounds.high), float(mean.pvalue), float(rank.pvalue)
    )


def unpaired_tests(first: Sequence[float], second: Sequence[float]) -> Tested | None:
    """Welch's t and Mann-Whitney's U on first against second; None where either has nothing that varies.

    Sources: Welch (1947); Mann and Whitney (1947).
    """
    from scipy.stats import mannwhitneyu, ttest_ind

    if min(len(first), len(second)) < 2 or not min(np.ptp(first), np.ptp(second)) > 0:
        return None
    mean = ttest_ind(first, second, equal_var=False)
    bounds = mean.confidence_interval()
    effect = float(np.mean(first) - np.mean(second))
    p_rank = float(mannwhitneyu(first, second).pvalue)
    return Tested(effect, float(bounds.low), float(bounds.high), float(mean.pvalue), p_rank)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the order given: below a level, they keep the chance of any false one below it.

    Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
    """
    count, largest = len(p_values), 0.0
    adjusted = [1.0] * count
    for place, index in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        largest = max(largest, (count - place) * p_values[index])
        adjusted[index] = min(largest, 1.0)
    return tuple(adjusted)
