"""Covariance estimators: equal to their textbook form, never n x n, and never an indefinite answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf as published_ledoit_wolf

from optimizer import risk


def dense(factors):
    return factors.loadings @ factors.loadings.T + np.diag(factors.specific_variance)


def returns(sessions, symbols, seed=3):
    rng = np.random.default_rng(seed)
    market = rng.standard_t(5, (sessions, 1)) * 0.01
    return 0.0004 + market * rng.uniform(0.5, 1.5, symbols) + rng.standard_t(5, (sessions, symbols)) * 0.012


@pytest.mark.parametrize(("sessions", "symbols"), [(60, 8), (8, 60), (30, 30), (31, 30), (2, 5)])
def test_the_sample_covariance_is_numpys_times_252(sessions, symbols):
    daily = returns(sessions, symbols)
    np.testing.assert_allclose(dense(risk.sample(daily)), 252 * np.cov(daily.T), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("sessions", "symbols"), [(250, 20), (40, 120), (50, 50), (300, 1), (2, 4)])
def test_ledoit_wolf_is_sklearns_times_252(sessions, symbols):
    daily = returns(sessions, symbols)
    published, shrinkage = published_ledoit_wolf(daily)
    np.testing.assert_allclose(dense(risk.ledoit_wolf(daily)), 252 * published, rtol=1e-9, atol=1e-14)
    assert risk.shrinkage_intensity(daily - daily.mean(axis=0))[0] == pytest.approx(shrinkage, rel=1e-9, abs=1e-12)


def test_fewer_sessions_than_symbols_keep_the_sessions_as_factors():
    assert risk.sample(returns(30, 200)).loadings.shape == (200, 30)
    assert risk.ledoit_wolf(returns(30, 200)).loadings.shape == (200, 30)
    assert risk.ewma(returns(30, 200), 10).loadings.shape == (200, 30)


def test_a_halflife_halves_the_weight_of_a_squared_return():
    daily = np.zeros((21, 2))
    daily[-1] = daily[-11] = 0.02, 0.01
    newest, older = daily.copy(), daily.copy()
    newest[-11], older[-1] = 0, 0
    ratio = risk.ewma(newest, 10).variance(np.ones(2)) / risk.ewma(older, 10).variance(np.ones(2))
    assert ratio == pytest.approx(2.0, rel=1e-12)


def test_a_long_halflife_is_the_plain_mean_of_squares():
    daily = returns(80, 6)
    np.testing.assert_allclose(dense(risk.ewma(daily, 1e9)), 252 * daily.T @ daily / 80, rtol=1e-6)


@pytest.mark.parametrize(("sessions", "symbols"), [(120, 15), (40, 90)])
def test_a_factor_model_keeps_every_variance_and_finds_the_factors(sessions, symbols):
    daily = returns(sessions, symbols)
    modelled, sampled = risk.factor(daily, 5), 252 * np.cov(daily.T)
    np.testing.assert_allclose(np.diag(dense(modelled)), np.diag(sampled), rtol=1e-10)
    leading = np.sort(np.linalg.eigvalsh(sampled))[::-1][:5]
    np.testing.assert_allclose(np.sum(modelled.loadings**2, axis=0), leading, rtol=1e-8)


def test_all_factors_together_are_the_sample_covariance():
    daily = returns(40, 10)
    np.testing.assert_allclose(dense(risk.factor(daily, 10)), 252 * np.cov(daily.T), rtol=1e-8, atol=1e-12)


ESTIMATORS = (
    risk.sample,
    risk.ledoit_wolf,
    lambda daily: risk.ewma(daily, 20),
    lambda daily: risk.factor(daily, 1),
)


@given(st.integers(2, 25), st.integers(1, 25), st.integers(0, 10_000), st.sampled_from(ESTIMATORS))
@settings(max_examples=60, deadline=None)
def test_no_estimator_gives_a_portfolio_negative_variance(sessions, symbols, seed, estimator):
    estimated = estimator(returns(sessions, symbols, seed))
    assert (estimated.specific_variance >= 0).all()
    values = np.linalg.eigvalsh(dense(estimated))
    assert values.min() >= -1e-12 * values.max()
    weights = np.random.default_rng(seed).normal(size=symbols)
    assert estimated.variance(weights) == pytest.approx(weights @ dense(estimated) @ weights, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(estimated.times(weights), dense(estimated) @ weights, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(estimated.volatilities() ** 2, np.diag(dense(estimated)), rtol=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_price_that_never_moves_is_refused_by_name(estimator):
    daily = returns(30, 3)
    daily[:, 1] = 0.0
    with pytest.raises(ValueError, match="column 1 never move"):
        estimator(daily)
    with pytest.raises(ValueError, match="returns of BBB never move; leave out"):
        risk.ledoit_wolf(daily, ("AAA", "BBB", "CCC"))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_a_missing_return_is_refused_by_name(estimator):
    daily = returns(30, 3)
    daily[4, 2] = np.nan
    with pytest.raises(ValueError, match="column 2 are not finite"):
        estimator(daily)


def test_too_few_sessions_are_refused_with_the_number_needed():
    with pytest.raises(ValueError, match="1 sessions of returns are too few, at least 2"):
        risk.sample(returns(2, 3)[:1])
    with pytest.raises(ValueError, match="10 sessions of returns are too few, at least 13"):
        risk.factor(returns(10, 30), 12)
    with pytest.raises(ValueError, match="between 1 and the 3 symbols"):
        risk.factor(returns(30, 3), 4)
