"""A period's charts say in words what they show, are the same when drawn again, and load nothing."""

import random
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from tasks.tca.period_charts import MOST_POINTS, model_curve, period_charts
from tasks.tca.period_groups import group_of, groups_of
from tasks.tca.period_orders import PeriodOrder
from tests.unit.tca.period_desk import period_order


def orders(count: int = 60) -> list[PeriodOrder]:
    """Costs around 5 bps; estimates 2 + 80 root(share of ADV), as the model has them."""
    rng, found = random.Random(2), list[PeriodOrder]()
    for n in range(count):
        size, cost = 10 ** rng.uniform(-4, -1), 5 + rng.gauss(0, 4)
        known = {"share_of_adv": size, "estimate_bps": 2 + 80 * size**0.5, "realised_bps": cost}
        found.append(period_order(cost, n % 15, n, algorithm="vwap" if n % 2 else "twap", **known))
    return found


def drawn(of: list[PeriodOrder]) -> dict[str, str]:
    return period_charts(groups_of(of), group_of("all", "all orders", of), of)


def test_each_chart_stands_alone_with_a_title_and_a_description_that_has_the_figures():
    charts = drawn(orders())
    assert list(charts) == ["groups", "distribution", "cost_by_adv"]
    for svg in charts.values():
        root = ElementTree.fromstring(svg)
        assert root.tag == "svg"
        assert root.attrib["role"] == "img"
        title, description = (root.find(name) for name in ("title", "desc"))
        assert title is not None
        assert description is not None
        assert root.attrib["aria-labelledby"] == f"{title.attrib['id']} {description.attrib['id']}"
        assert "http" not in svg
    group = next(g for g in groups_of(orders()) if g.name == "vwap")
    assert f"VWAP {group.cost_bps} bps (30 orders, {group.low_bps} to {group.high_bps})" in charts["groups"]
    assert "2.00 + 80.00 times the root" in charts["cost_by_adv"]


def test_the_same_orders_draw_the_same_bytes():
    assert drawn(orders()) == drawn(orders())


def test_a_group_with_insufficient_data_says_so_and_has_no_interval():
    assert "TWAP 5.00 bps (1 order, insufficient data)" in drawn([period_order(algorithm="twap")])["groups"]


def test_what_has_no_data_is_not_drawn():
    assert drawn([period_order(cost_usd=None, share_of_adv=None)]) == {}


def test_the_models_curve_goes_through_estimates_that_have_its_form():
    curve = model_curve(orders())
    assert curve == pytest.approx((2, 80))
    assert model_curve([period_order(), period_order(number=1)]) is None, "one size tells no curve"


def test_a_quarter_of_many_orders_draws_some_of_them_and_says_how_many():
    many = [period_order(share_of_adv=0.001 + n * 1e-6, number=n) for n in range(MOST_POINTS + 1)]
    assert f"1001 of {len(many)} orders, evenly taken" in drawn(many)["cost_by_adv"]


def test_orders_that_cost_the_same_to_the_cent_have_a_distribution_too():
    same = [period_order(paper_notional_usd=Decimal("10000.00"), number=n) for n in range(3)]
    assert "Histogram of 3 orders" in drawn(same)["distribution"]
