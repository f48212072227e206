"""Tests of two samples give the published numbers, and looking often makes them harder to pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.tca.significance import holm, paired_tests, unpaired_tests

DARWIN = (6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75)
"""Heights of cross- less self-fertilised plants, in eighths of an inch: Darwin (1876), as Fisher (1935) has them."""
BEFORE = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
AFTER = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
"""Depression scores of nine patients: Hollander and Wolfe (1973), page 29."""


def test_the_tests_of_darwins_plants_are_those_of_fisher_and_wilcoxon():
    """Fisher (1935), section 17: mean 20.933, t = 2.148 with 14 degrees, just beyond 5 %. Signed ranks: W = 24."""
    found = paired_tests(DARWIN)
    assert found is not None
    assert found.effect == pytest.approx(20.933, abs=1e-3)
    assert found.p_mean == pytest.approx(0.0497, abs=1e-4)
    assert found.p_rank == pytest.approx(0.0413, abs=1e-4)
    assert 0 < found.low < 0.05
    assert found.high == pytest.approx(2 * found.effect - found.low)


def test_wilcoxon_of_hollander_and_wolfe():
    """V = 40 of nine pairs: 0.0195 one-sided, twice that two-sided, exactly 20 / 512."""
    found = paired_tests([before - after for before, after in zip(BEFORE, AFTER, strict=True)])
    assert found is not None
    assert found.p_rank == pytest.approx(20 / 512)


def test_ranks_of_two_samples_that_do_not_overlap():
    """Five below five: 2 of the 252 ways to deal ten ranks are as far apart. Mann and Whitney (1947)."""
    found = unpaired_tests([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0])
    assert found is not None
    assert found.p_rank == pytest.approx(2 / 252)
    assert found.effect == pytest.approx(-5)


def test_unequal_variances_cost_degrees_of_freedom():
    """By hand: means 2 and 10, variances 1 and 100 over 3 and 3: error sqrt(101 / 3), and Welch's degrees 2.04."""
    found = unpaired_tests([1.0, 2.0, 3.0], [0.0, 10.0, 20.0])
    assert found is not None
    error, degrees = (101 / 3) ** 0.5, (101 / 3) ** 2 / ((1 / 3) ** 2 / 2 + (100 / 3) ** 2 / 2)
    assert degrees == pytest.approx(2.04, abs=0.001)
    assert (found.high - found.low) / 2 / error == pytest.approx(4.225, abs=0.01), "t of 2.04 degrees, not of 4"


def test_holm_on_four_hypotheses():
    """The usual worked example: of 0.01, 0.04, 0.03 and 0.005 at 5 % the first and the last are rejected."""
    adjusted = holm([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert [p <= 0.05 for p in adjusted] == [True, False, False, True]


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_makes_a_finding_surer_and_keeps_the_order(p_values: list[float]):
    adjusted = holm(p_values)
    assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
    ranked = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)
    assert all(after <= min(1.0, p * len(p_values)) for p, after in zip(p_values, adjusted, strict=True)), "Bonferroni"


def test_what_does_not_vary_is_not_tested():
    assert paired_tests([3.0, 3.0, 3.0]) is None
    assert unpaired_tests([1.0, 1.0], [1.0, 2.0]) is None
    assert paired_tests([3.0]) is None
