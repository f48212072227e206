from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = Sequence[float] | NDArray[np.float64]

class ConfidenceInterval:
    low: np.float64
    high: np.float64

class TtestResult:
    statistic: np.float64
    pvalue: np.float64
    df: np.float64
    def confidence_interval(self, confidence_level: float = 0.95) -> ConfidenceInterval: ...

class RankResult:
    statistic: np.float64
    pvalue: np.float64

def ttest_1samp(a: Values, popmean: float) -> TtestResult: ...
def ttest_ind(a: Values, b: Values, *, equal_var: bool = True) -> TtestResult: ...
def wilcoxon(x: Values) -> RankResult: ...
def mannwhitneyu(x: Values, y: Values, *, alternative: Literal["two-sided"] = "two-sided") -> RankResult: ...
