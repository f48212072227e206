"""The numbers of Almgren & Chriss (2000), "Optimal Execution of Portfolio Transactions".

Base case, Table 1: X = 1,000,000 shares, T = 5 days, N = 5, sigma = 0.95 USD/share/sqrt(day), epsilon = 0.0625,
gamma = 2.5e-7, eta = 2.5e-6. Printed there: kappa about 0.6 a day at lambda = 1e-6. The other figures are equations 16
to 20 evaluated; they agree with the published run of the DROP library (lambda = 1e-9 ... 9e-9: mean 0.6625 to 0.6626,
variance 1.0812 to 1.0669, in millions, "half-life" 51.30 to 17.10, which is 1 / kappa and not ln 2 / kappa).
"""

import pytest

from optimizer.slicing.almgren_chriss import LinearImpact, Trajectory, almgren_chriss, impact_from_spread

TABLE_1 = LinearImpact(epsilon=0.0625, eta=2.5e-6, gamma=2.5e-7)


def base_case(risk_aversion: float) -> Trajectory:
    return almgren_chriss(1_000_000, 5.0, 5, 0.95, TABLE_1, risk_aversion)


def test_the_base_case_has_the_papers_urgency_and_path():
    """AC-01: printed kappa about 0.6; E + lambda V = 1,275,356."""
    path = base_case(1e-6)
    assert path.kappa == pytest.approx(0.607076, abs=1e-6)
    assert 1 / path.kappa == pytest.approx(1.64724, abs=1e-5)
    assert path.holdings == pytest.approx((1_000_000.0, 541_955.6, 289_854.2, 147_897.5, 62_141.8, 0.0), abs=0.1)
    assert path.trades == pytest.approx((458_044.4, 252_101.3, 141_956.7, 85_755.7, 62_141.8), abs=0.1)
    assert path.expected_cost == pytest.approx(911_226.99, abs=0.05)
    assert path.variance == pytest.approx(364_128_572_000.0, abs=100_000)
    assert path.expected_cost + 1e-6 * path.variance == pytest.approx(1_275_355.56, abs=0.05)


def test_without_risk_aversion_the_path_is_a_straight_line():
    """AC-02: DROP's limit lambda -> 0, mean 0.6625 million."""
    path = base_case(0.0)
    assert path.kappa == 0
    assert path.holdings == pytest.approx((1e6, 8e5, 6e5, 4e5, 2e5, 0.0), abs=1e-6)
    assert path.expected_cost == pytest.approx(662_500.0, abs=0.01)
    assert path.variance == pytest.approx(1.083e12, abs=10_000)


@pytest.mark.parametrize(
    ("risk_aversion", "cost_millions", "variance_trillions", "objective_millions", "kappa_inverse"),
    [
        (1e-9, 0.6625, 1.0812, 0.6636, 51.30),
        (2e-9, 0.6625, 1.0794, 0.6647, 36.27),
        (5e-9, 0.6625, 1.0740, 0.6679, 22.94),
        (9e-9, 0.6626, 1.0669, 0.6722, 17.10),
    ],
)
def test_the_published_run_of_drop_comes_out(
    risk_aversion, cost_millions, variance_trillions, objective_millions, kappa_inverse
):
    """AC-03 and its further rows (lakshmidrip.github.io/DROP, AlmgrenChriss), to half a unit of the last digit."""
    path = base_case(risk_aversion)
    assert path.expected_cost / 1e6 == pytest.approx(cost_millions, abs=5e-5)
    assert path.variance / 1e12 == pytest.approx(variance_trillions, abs=5e-5)
    assert (path.expected_cost + risk_aversion * path.variance) / 1e6 == pytest.approx(objective_millions, abs=5e-5)
    assert 1 / path.kappa == pytest.approx(kappa_inverse, abs=5e-3)


def test_the_smallest_risk_aversion_to_more_digits():
    """AC-03."""
    path = base_case(1e-9)
    assert path.expected_cost == pytest.approx(662_500.9, abs=0.05)
    assert path.variance == pytest.approx(1_081_191_800_000.0, abs=1e6)
    assert path.expected_cost + 1e-9 * path.variance == pytest.approx(663_582.1, abs=0.05)


def test_trajectory_a_of_the_papers_figures():
    """AC-05: lambda = 2e-6."""
    path = base_case(2e-6)
    assert path.kappa == pytest.approx(0.846297, abs=1e-6)
    assert path.holdings == pytest.approx((1e6, 428_598.8, 182_932.8, 76_295.7, 27_643.4, 0.0), abs=0.1)
    assert path.expected_cost == pytest.approx(1_140_715.17, abs=0.05)
    assert path.variance == pytest.approx(201_931_287_000.0, abs=1e6)


def test_the_papers_own_calibration_gives_table_1():
    """AC-08: spread 1/8 USD, 5 million shares a day: eta = 2.5e-6, gamma = 2.5e-7, epsilon half the spread."""
    impact = impact_from_spread(1 / 8, 5e6)
    assert (impact.epsilon, impact.eta, impact.gamma) == pytest.approx((0.0625, 2.5e-6, 2.5e-7), rel=1e-12)
