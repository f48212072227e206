"""Real prices of 2013 to 2018: every objective on the S&P's names, with each risk model."""

import os
from pathlib import Path

import numpy as np
import pytest
from optimizer_desk import open_limits, solved

from optimizer import risk
from optimizer.costs import impact_coefficients
from optimizer.limits import exceeded
from optimizer.problem import Costs, Objective, Problem

NAV_USD = 100e6
LOOK_BACK = 250


def real_days():
    """(symbols, daily returns (T, n), dollar volume a day (n,)) of the names without a hole."""
    folder = os.environ.get("STEELYARD_TEST_DATA")
    if not folder:
        pytest.skip("STEELYARD_TEST_DATA is not set: real prices are not at hand")
    import pandas

    bars = pandas.read_parquet(Path(folder) / "daily" / "us_equities_ohlcv_2013_2018.parquet")
    closes = bars.pivot(index="date", columns="symbol", values="close").dropna(axis=1)
    traded = (bars["close"] * bars["volume"]).groupby(bars["symbol"]).mean()[closes.columns]
    daily = closes.pct_change().iloc[-LOOK_BACK:].to_numpy()
    return tuple(closes.columns), daily, traded.to_numpy()


MODELS = {
    "sample": risk.sample,
    "ewma": lambda daily: risk.ewma(daily, 63),
    "ledoit_wolf": risk.ledoit_wolf,
    "factor": lambda daily: risk.factor(daily, 10),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ["mean_variance", "minimum_variance", "risk_parity", "track"])
def test_a_real_book_is_solved_by_the_first_solver(kind, model):
    symbols, daily, traded = real_days()
    daily, symbols, traded = daily[:, :120], symbols[:120], traded[:120]
    n = len(symbols)
    impact = impact_coefficients(daily.std(axis=0), traded, NAV_USD, 1.0)
    asked = Problem(
        symbols,
        np.random.default_rng(0).dirichlet(np.ones(n)) * 0.97,
        MODELS[model](daily),
        Costs(np.full(n, 2e-4), impact, np.full(n, 2e-5)),
        open_limits(
            n,
            upper=np.full(n, 0.05),
            min_net=0.95,
            cash_reserve=0.01,
            max_turnover=0.5,
            max_trade=0.1 * traded / NAV_USD,
        ),
        Objective(
            kind,
            expected_return=0.1 * 252 * daily.mean(axis=0),
            target_weights=np.full(n, 0.98 / n) if kind == "track" else None,
        ),
    )
    answer = solved(asked)
    assert exceeded(asked, answer.weights, 1e-6) == {}
    assert [a.solver for a in answer.attempts] == ["CLARABEL"]
    assert answer.weights.sum() >= 0.95 - 1e-6
    assert 0.03 < answer.risk_yearly < 0.3
