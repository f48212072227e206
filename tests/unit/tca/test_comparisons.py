"""Comparisons conclude what the orders bear: paired where they can be, corrected, and never more than was drawn."""

import random
from decimal import Decimal

from tasks.tca.comparisons import DAY_MEANS, PAIRED, comparisons_of
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.statistics import Verdict
from tests.unit.tca.period_desk import period_order

SYMBOLS = ("ABC", "DEF", "GHI")


def worked(algorithm: str, bps: float, seed: int, days: int = 20, **known: object) -> list[PeriodOrder]:
    """Three orders a day of so many bps and noise of 3."""
    rng = random.Random(f"{algorithm}{seed}")
    return [
        period_order(
            bps + rng.gauss(0, 3),
            day,
            number=number,
            order_id=f"{algorithm}-{known.get('broker', '')}-{day}-{number}",
            symbol=symbol,
            algorithm=algorithm,
            **known,
        )
        for day in range(days)
        for number, symbol in enumerate(SYMBOLS)
    ]


def test_orders_of_one_day_and_symbol_are_pairs():
    (one,) = comparisons_of([*worked("vwap", 9, 1), *worked("twap", 4, 1)])
    assert (one.first, one.second, one.method, one.units) == ("twap", "vwap", PAIRED, (20, 20))
    assert one.verdict is Verdict.GAIN, "the first, TWAP, was the cheaper one"
    assert one.effect_bps is not None
    assert abs(one.effect_bps + 5) < 2
    assert one.sentence.startswith(f"TWAP cost {-one.effect_bps} bps less than VWAP (95 % interval ")


def test_without_pairs_day_means_are_compared():
    odd = [order for order in worked("vwap", 9, 1, days=40) if order.session.toordinal() % 2]
    even = [order for order in worked("twap", 4, 1, days=40) if order.session.toordinal() % 2 == 0]
    (one,) = comparisons_of([*odd, *even])
    assert (one.method, one.units, one.verdict) == (DAY_MEANS, (20, 20), Verdict.GAIN)


def test_a_difference_of_nothing_is_told_as_one_that_cannot_be_seen():
    (one,) = comparisons_of([*worked("vwap", 5, 2), *worked("twap", 5, 3)])
    assert one.verdict is Verdict.NOT_SIGNIFICANT
    assert "cannot be told apart" in one.sentence
    assert "does not show that they cost the same" in one.sentence


def test_too_few_orders_or_days_are_not_compared():
    (one,) = comparisons_of([*worked("vwap", 9, 1), *worked("twap", 4, 1, days=9)])
    assert (one.verdict, one.effect_bps, one.comparisons) == (Verdict.INSUFFICIENT, None, 0)
    assert one.sentence == (
        "TWAP and VWAP: insufficient data, 27 orders on 9 days against 60 orders on 20 days; a comparison takes 25 "
        "orders on 10 days of each, and costs that vary."
    )


def test_the_sentence_says_what_else_could_be_the_cause():
    large = worked("vwap", 9, 1, share_of_adv=0.012)
    rng = random.Random(4)
    small = worked("twap", 4, 1)
    small = [period_order(**fields(order, share_of_adv=rng.choice((0.002, 0.003, 0.003, 0.004)))) for order in small]
    (one,) = comparisons_of([*large, *small])
    assert "Not randomised: the orders differed in size, median % of ADV: 0.30 for TWAP against 1.20 for VWAP" in (
        one.sentence
    )
    assert "the difference in cost may come from that" in one.sentence


def test_groups_that_share_no_side_are_unlike_although_nothing_varies_within_them():
    (one,) = comparisons_of([*worked("vwap", 9, 1, side="BUY"), *worked("twap", 4, 1, side="SELL")])
    assert "buys, % of orders: 0.00 for TWAP against 100.00 for VWAP" in one.sentence


def test_ranks_alone_tell_no_difference_where_one_wild_day_makes_the_mean_unsure():
    """VWAP is 2 bps dearer on 19 days and 60 cheaper on one: the ranks see it, the mean does not."""
    dear, cheap = worked("vwap", 5, 1), worked("twap", 5, 1)
    near = [
        period_order(**fields(order, cost_usd=(other.cost_usd or Decimal(0)) + shift))
        for order, other in zip(dear, cheap, strict=True)
        for shift in [Decimal(-60) if order.session.day == 3 else Decimal(2) + Decimal(order.session.day) / 100]
    ]
    (one,) = comparisons_of([*near, *cheap])
    assert one.p_rank is not None
    assert one.p_mean is not None
    assert one.p_rank < Decimal("0.05") < one.p_mean
    assert one.verdict is Verdict.NOT_SIGNIFICANT


def test_orders_that_were_drawn_are_left_to_their_experiment():
    known = {"experiment": "vwap-or-twap"}
    (one,) = comparisons_of([*worked("vwap", 9, 1, arm="vwap", **known), *worked("twap", 4, 1)])
    assert "60 of 120 orders were drawn by lot" in one.sentence
    assert "Not randomised" not in one.sentence


def fields(order: PeriodOrder, **changed: object) -> dict[str, object]:
    return {name: getattr(order, name) for name in PeriodOrder.__slots__} | changed


def test_brokers_are_compared_too_and_every_test_of_the_report_is_corrected_for():
    orders = [
        *worked("vwap", 5, 1, broker="a"),
        *worked("vwap", 9, 2, broker="b"),
        *worked("twap", 5, 3, broker="a"),
        *worked("pov", 5, 4, broker="b"),
    ]
    found = comparisons_of(orders)
    assert [(one.grouping, one.first, one.second) for one in found] == [
        ("algorithm", "pov", "twap"),
        ("algorithm", "pov", "vwap"),
        ("algorithm", "twap", "vwap"),
        ("broker", "a", "b"),
    ]
    assert {one.comparisons for one in found} == {4}


def test_ten_looks_at_nothing_find_nothing_most_of_the_time():
    """Five algorithms that cost the same, compared ten times each in 40 periods: without correction 35 % would find
    something, with it at most one in twenty does; six of 40 would be beyond chance (binomial, 0.2 %)."""
    names = ("vwap", "twap", "pov", "immediate", "implementation_shortfall")
    wrong = sum(
        any(
            one.verdict is not Verdict.NOT_SIGNIFICANT
            for one in comparisons_of([o for n, name in enumerate(names) for o in worked(name, 5, seed * 10 + n, 12)])
        )
        for seed in range(40)
    )
    assert wrong <= 5


def test_an_order_without_a_cost_is_in_no_comparison():
    orders = [*worked("vwap", 5, 1), *worked("twap", 5, 1)]
    holes = [period_order(cost_usd=None, number=900 + n, algorithm="twap", symbol="HOLE") for n in range(5)]
    assert comparisons_of([*orders, *holes])[0].orders == (60, 60)
    assert all(isinstance(one.p_mean, Decimal) for one in comparisons_of(orders))
