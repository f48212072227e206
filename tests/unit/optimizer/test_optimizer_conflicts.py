"""Limits that cannot agree: found as a smallest set, named, and repaired by what the answer says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optimizer_desk import mask, open_limits, problem, refused, vector

from optimizer.problem import Infeasible, ScoreBound, Sector
from optimizer.solve import solve

TECH, REST = mask(4, 0, 1), mask(4, 2, 3)
EVEN = (0.2, 0.2, 0.2, 0.2)

CONFLICTS = {
    "frozen above its largest weight": (
        (0.12, 0.1, 0.1, 0.1),
        {"upper": np.full(4, 0.1), "frozen": mask(4, 0)},
        {("frozen", "S0"), ("max_weight", "S0")},
    ),
    "not to be sold above its largest weight": (
        (0.12, 0.1, 0.1, 0.1),
        {"upper": np.full(4, 0.1), "no_sell": mask(4, 0)},
        {("no_sell", "S0"), ("max_weight", "S0")},
    ),
    "not to be bought below its least weight": (
        (0.02, 0.1, 0.1, 0.1),
        {"lower": np.full(4, 0.05), "no_buy": mask(4, 0)},
        {("no_buy", "S0"), ("min_weight", "S0")},
    ),
    "to be left in a market too thin": (
        (0.12, 0.1, 0.1, 0.1),
        {"must_exit": mask(4, 0), "max_trade": np.full(4, 0.05)},
        {("must_exit", "S0"), ("adv_participation", "S0")},
    ),
    "a short that may not be covered in a long-only book": (
        (0.3, -0.3, 0.1, 0.1),
        {"no_buy": mask(4, 1)},
        {("no_buy", "S1"), ("long_only", "S1")},
    ),
    "to be kept and to be left": (
        EVEN,
        {"must_exit": mask(4, 2), "frozen": mask(4, 2)},
        {("must_exit", "S2"), ("frozen", "S2")},
    ),
    "caps too small for the net weight": (
        EVEN,
        {"upper": np.full(4, 0.2), "min_net": 0.9},
        {("max_weight", "portfolio"), ("min_net", "portfolio")},
    ),
    "invested beyond the cash reserve": (
        EVEN,
        {"min_net": 0.98, "cash_reserve": 0.05},
        {("min_net", "portfolio"), ("cash_reserve", "portfolio")},
    ),
    "net bounds that cross": (
        EVEN,
        {"min_net": 0.9, "max_net": 0.5},
        {("min_net", "portfolio"), ("max_net", "portfolio")},
    ),
    "a sector whose bounds cross": (
        EVEN,
        {"sectors": (Sector("Tech", TECH, 0.5, 0.4),)},
        {("sector_min", "Tech"), ("sector_max", "Tech")},
    ),
    "a sector too small for the caps of the others": (
        EVEN,
        {"sectors": (Sector("Tech", TECH, maximum=0.3),), "upper": vector(0.5, 0.5, 0.31, 0.31), "min_net": 0.99},
        {("sector_max", "Tech"), ("max_weight", "portfolio"), ("min_net", "portfolio")},
    ),
    "sectors that ask for more than there is": (
        EVEN,
        {"sectors": (Sector("Tech", TECH, minimum=0.7), Sector("Rest", REST, minimum=0.5))},
        {("sector_min", "Tech"), ("sector_min", "Rest"), ("cash_reserve", "portfolio")},
    ),
    "a sector too far away for the turnover": (
        EVEN,
        {"sectors": (Sector("Tech", TECH, maximum=0.1),), "max_turnover": 0.1},
        {("sector_max", "Tech"), ("turnover", "portfolio")},
    ),
    "exits larger than the turnover": (
        EVEN,
        {"must_exit": TECH, "max_turnover": 0.1},
        {("must_exit", "S0, S1"), ("turnover", "portfolio")},
    ),
    "an average score above what a sector allows": (
        EVEN,
        {"esg": ScoreBound(vector(80, 70, 40, 30), 75), "sectors": (Sector("Rest", REST, minimum=0.3),)},
        {("esg", "portfolio"), ("sector_min", "Rest"), ("cash_reserve", "portfolio"), ("long_only", "S1, S3")},
    ),
    "a carbon bound below what the caps allow": (
        EVEN,
        {"carbon": ScoreBound(vector(80, 70, 400, 300), 90), "min_net": 0.9, "upper": np.full(4, 0.3)},
        {("carbon", "portfolio"), ("max_weight", "portfolio"), ("min_net", "portfolio")},
    ),
    "an empty book in thin markets": (
        (0, 0, 0, 0),
        {"max_trade": vector(0.1, 0.1, 0.2, 0.05), "min_net": 0.9},
        {("adv_participation", "S3"), ("min_net", "portfolio")},
    ),
    "gross smaller than a hedged sector": (
        EVEN,
        {
            "long_only": False,
            "lower": np.full(4, -1.0),
            "max_gross": 0.8,
            "max_net": 0.1,
            "sectors": (Sector("Tech", TECH, minimum=0.6),),
        },
        {("max_gross", "portfolio"), ("max_net", "portfolio"), ("sector_min", "Tech")},
    ),
    "gross smaller than what is frozen": (
        (0.5, -0.3, 0.1, 0.1),
        {"long_only": False, "lower": np.full(4, -1.0), "max_gross": 0.5, "frozen": TECH},
        {("max_gross", "portfolio"), ("frozen", "S1")},
    ),
}


def asked(name):
    now, limits, _ = CONFLICTS[name]
    return problem(now, limits=open_limits(4, **limits))


@pytest.mark.parametrize("name", CONFLICTS)
def test_exactly_the_limits_that_conflict_are_named(name):
    found = refused(asked(name)).conflicts
    assert {(c.limit, c.subject) for c in found} == CONFLICTS[name][2]
    for conflict in found:
        assert conflict.limit in conflict.sentence
        assert conflict.sentence.count(": ") >= 1


LOOSENED = {
    "max_weight": lambda limits, c, _: replace(limits, upper=limits.upper + (c.needs - limits.upper.max())),
    "min_weight": lambda limits, c, _: replace(limits, lower=np.minimum(limits.lower, c.needs)),
    "min_net": lambda limits, c, _: replace(limits, min_net=c.needs),
    "max_net": lambda limits, c, _: replace(limits, max_net=c.needs),
    "max_gross": lambda limits, c, _: replace(limits, max_gross=c.needs),
    "cash_reserve": lambda limits, c, _: replace(limits, cash_reserve=c.needs),
    "turnover": lambda limits, c, _: replace(limits, max_turnover=c.needs),
    "esg": lambda limits, c, _: replace(limits, esg=replace(limits.esg, bound=c.needs)),
    "carbon": lambda limits, c, _: replace(limits, carbon=replace(limits.carbon, bound=c.needs)),
    "adv_participation": lambda limits, c, i: replace(limits, max_trade=np.where(i, c.needs, limits.max_trade)),
    "sector_max": lambda limits, c, _: replace(limits, sectors=bounded(limits, c, "maximum")),
    "sector_min": lambda limits, c, _: replace(limits, sectors=bounded(limits, c, "minimum")),
}


def bounded(limits, conflict, side):
    return tuple(replace(s, **{side: conflict.needs}) if s.name == conflict.subject else s for s in limits.sectors)


@pytest.mark.parametrize("name", CONFLICTS)
def test_doing_what_one_sentence_says_is_enough(name):
    impossible = asked(name)
    repairs = [c for c in refused(impossible).conflicts if c.needs is not None]
    for conflict in repairs:
        symbols = np.array([s == conflict.subject for s in impossible.symbols])
        limits = LOOSENED[conflict.limit](impossible.limits, conflict, symbols)
        assert not isinstance(solve(replace(impossible, limits=limits)), Infeasible), conflict.sentence
    assert repairs or name in ("to be kept and to be left", "a short that may not be covered in a long-only book")


def test_the_sentence_says_how_far_to_go():
    found = {c.limit: c.sentence for c in refused(asked("a sector too small for the caps of the others")).conflicts}
    assert found["sector_max"] == (
        "sector_max Tech (at most 30.00 %) cannot hold together with max_weight (by symbol) and "
        "min_net (at least 99.00 %): raise it to at least 37.00 %"
    )
    frozen = {c.limit: c.sentence for c in refused(asked("frozen above its largest weight")).conflicts}
    assert frozen["max_weight"] == (
        "S0: max_weight asks for at most 10.00 % but frozen holds it at 12.00 %: "
        "raise max_weight of S0 to at least 12.00 %"
    )


def test_the_gross_that_is_needed_counts_longs_and_shorts():
    needs = {c.limit: c.needs for c in refused(asked("gross smaller than a hedged sector")).conflicts}
    assert needs == pytest.approx({"max_gross": 1.1, "max_net": 0.4, "sector_min": 0.45})


def test_conflicts_that_share_no_limit_are_told_in_one_go():
    sectors = (Sector("Tech", TECH, 0.5, 0.4), Sector("Rest", REST, 0.3, 0.2))
    found = refused(problem(EVEN, limits=open_limits(4, sectors=sectors))).conflicts
    assert {(c.limit, c.subject) for c in found} == {
        (f"sector_{side}", s) for side in ("min", "max") for s in ("Tech", "Rest")
    }


def test_every_symbol_without_a_possible_weight_is_told():
    found = refused(problem((0.3, 0.4, 0.1, 0.1), limits=open_limits(4, upper=np.full(4, 0.2), frozen=TECH))).conflicts
    assert {c.subject for c in found} == {"S0", "S1"}


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_conflicting_set_agrees_as_soon_as_one_of_it_is_dropped(seed):
    from optimizer.conflicts import conflicts
    from optimizer.feasibility import LinearProgram
    from optimizer.limits import every_limit

    rng = np.random.default_rng(seed)
    limits = open_limits(
        4,
        upper=np.full(4, rng.uniform(0.1, 0.3)),
        min_net=float(rng.uniform(0.7, 1.0)),
        max_turnover=float(rng.uniform(0.05, 0.6)),
        sectors=(
            Sector("Tech", TECH, maximum=float(rng.uniform(0.1, 0.5))),
            Sector("Rest", REST, minimum=float(rng.uniform(0, 0.5))),
        ),
    )
    asked = problem(rng.dirichlet(np.ones(4)) * 0.9, limits=limits)
    found = {(c.limit, c.subject) for c in conflicts(asked)}
    everything = every_limit(asked)
    if not found:
        assert LinearProgram(asked, everything, 1e-8).is_feasible()
        return
    assert not LinearProgram(asked, everything, 1e-8).is_feasible()
    members = [limit for limit in everything if (limit.limit, getattr(limit, "subject", "portfolio")) in found]
    if len(members) == len(found) <= 3:
        assert not LinearProgram(asked, members, 1e-8).is_feasible()
        for left_out in members:
            assert LinearProgram(asked, [m for m in members if m is not left_out], 1e-8).is_feasible()
