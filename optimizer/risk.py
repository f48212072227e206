"""Yearly covariance from daily returns, always in factor form.

Every estimator takes returns of shape (T, n), one row a session, as fractions, and annualises by 252. With fewer
sessions than symbols the factors are the sessions themselves, so no n x n matrix is formed at any size.
Raises ValueError when a return is not finite, a column never moves, or there are too few sessions.
"""

from collections.abc import Sequence

import numpy as np

from optimizer.problem import Mask, RiskFactors, Vector

SESSIONS_PER_YEAR = 252


def sample(returns: Vector, symbols: Sequence[str] | None = None) -> RiskFactors:
    """Unbiased sample covariance, R'R / (T - 1) of centred returns."""
    _check(returns, symbols, at_least=2)
    centred = returns - returns.mean(axis=0)
    return _from_rows(centred / np.sqrt(len(returns) - 1), np.zeros(len(returns.T)))


def ewma(returns: Vector, halflife_sessions: float, symbols: Sequence[str] | None = None) -> RiskFactors:
    """Exponentially weighted squares around zero; the last row is the newest and weighs most.

    Source: J.P. Morgan/Reuters (1996), "RiskMetrics - Technical Document", section 5.2.
    """
    _check(returns, symbols, at_least=2)
    if halflife_sessions <= 0:
        raise ValueError(f"halflife_sessions must be positive, not {halflife_sessions}")
    age = np.arange(len(returns))[::-1]
    weight = 0.5 ** (age / halflife_sessions)
    weight /= weight.sum()
    return _from_rows(np.sqrt(weight)[:, None] * returns, np.zeros(len(returns.T)))


def ledoit_wolf(returns: Vector, symbols: Sequence[str] | None = None) -> RiskFactors:
    """Sample covariance shrunk towards its mean variance: (1 - s) R'R/T + s m I, as R'R + c I.

    Source: Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance matrices".
    """
    _check(returns, symbols, at_least=2)
    centred = returns - returns.mean(axis=0)
    shrinkage, mean_variance = shrinkage_intensity(centred)
    rows = np.sqrt((1 - shrinkage) / len(returns)) * centred
    return _from_rows(rows, np.full(len(returns.T), shrinkage * mean_variance))


def shrinkage_intensity(centred: Vector) -> tuple[float, float]:
    """Optimal shrinkage in [0, 1] and the mean daily variance it shrinks to, from centred returns (T, n).

    The squared Frobenius norm of R'R is that of RR', so the smaller of the two is formed.
    """
    sessions, n = centred.shape
    gram = centred @ centred.T if sessions < n else centred.T @ centred
    squares = np.einsum("ij,ij->i", centred, centred)
    mean_variance = float(squares.sum()) / (sessions * n)
    norm = float(np.einsum("ij,ij->", gram, gram)) / sessions**2
    dispersion = (norm - n * mean_variance**2) / n
    error = (float(squares @ squares) / sessions - norm) / (n * sessions)
    error = min(error, dispersion)
    shrinkage = error / dispersion if n > 1 and error > 0 else 0.0
    return shrinkage, mean_variance


def factor(returns: Vector, factors: int, symbols: Sequence[str] | None = None) -> RiskFactors:
    """Principal-component factors plus the variance they leave: the diagonal is the sample's, PCA gives the rest.

    Source: Stock and Watson (2002), "Forecasting Using Principal Components From a Large Number of Predictors".
    """
    _check(returns, symbols, at_least=factors + 1)
    sessions, n = returns.shape
    if not 1 <= factors <= n:
        raise ValueError(f"factors must lie between 1 and the {n} symbols, not {factors}")
    rows = (returns - returns.mean(axis=0)) / np.sqrt(sessions - 1)
    loadings = _principal(rows, factors)
    specific = np.einsum("ij,ij->j", rows, rows) - np.einsum("ij,ij->i", loadings, loadings)
    return RiskFactors(np.sqrt(SESSIONS_PER_YEAR) * loadings, SESSIONS_PER_YEAR * np.maximum(specific, 0.0))


def _principal(rows: Vector, factors: int) -> Vector:
    """(n, factors): eigenvectors of rows' rows times the root of their eigenvalues, through the smaller Gram matrix."""
    if len(rows) < rows.shape[1]:
        _, left = np.linalg.eigh(rows @ rows.T)
        return rows.T @ left[:, ::-1][:, :factors]
    values, vectors = np.linalg.eigh(rows.T @ rows)
    return vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0))


def _from_rows(rows: Vector, specific_daily: Vector) -> RiskFactors:
    """Factor form of rows' rows + diag(specific); a tall matrix is first reduced to its triangle, squaring nothing."""
    if len(rows) >= rows.shape[1]:
        rows = np.asarray(np.linalg.qr(rows, mode="r"))
    return RiskFactors(np.ascontiguousarray(np.sqrt(SESSIONS_PER_YEAR) * rows.T), SESSIONS_PER_YEAR * specific_daily)


def _check(returns: Vector, symbols: Sequence[str] | None, at_least: int) -> None:
    if returns.ndim != 2 or returns.shape[1] == 0:
        raise ValueError(f"returns must have shape (sessions, symbols), not {returns.shape}")
    if len(returns) < at_least:
        raise ValueError(
            f"{len(returns)} sessions of returns are too few, at least {at_least} are needed; lengthen the look-back"
        )
    broken = np.asarray(~np.isfinite(returns).all(axis=0))
    if broken.any():
        raise ValueError(f"returns of {_names_of(broken, symbols)} are not finite; fill or leave out these symbols")
    still = np.asarray(np.ptp(returns, axis=0) == 0)
    if still.any():
        raise ValueError(
            f"returns of {_names_of(still, symbols)} never move; leave out these symbols or repair their prices"
        )


def _names_of(columns: Mask, symbols: Sequence[str] | None) -> str:
    found = np.flatnonzero(columns)
    names = [f"column {i}" if symbols is None else symbols[int(i)] for i in found[:10]]
    return ", ".join(names) + (f" and {len(found) - 10} more" if len(found) > 10 else "")
