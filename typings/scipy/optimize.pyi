from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

class OptimizeResult:
    # 0 solved, 1 out of steps, 2 infeasible, 3 unbounded, 4 numerical trouble; without an answer `x` is None.
    status: int
    message: str
    x: NDArray[np.float64] | None

def linprog(
    c: NDArray[np.float64],
    A_ub: csr_matrix,
    b_ub: NDArray[np.float64],
    *,
    bounds: NDArray[np.float64],
    method: Literal["highs"],
) -> OptimizeResult: ...

class ScalarResult:
    x: float

def minimize_scalar(
    fun: Callable[[float], float], *, bounds: tuple[float, float], method: Literal["bounded"]
) -> ScalarResult: ...
