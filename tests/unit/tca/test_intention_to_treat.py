"""An experiment is read by what was drawn, whatever worked the order; and a lot may be trusted with the word cause."""

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

from tasks.tca.gather_period import gather, write_period
from tasks.tca.intention_to_treat import experiments_of
from tasks.tca.period import period_of
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.statistics import Verdict
from tests.unit.tca.period_desk import NOW, period_order, recorded_session
from tests.unit.tca.tca_desk import report_inputs

NAME = "vwap-or-twap"


def drawn(days: int = 30, flee: float = 0.0, effect: float = 0.0) -> list[PeriodOrder]:
    """Four orders a day, drawn evenly; hard ones (20 bps dearer) drawn for VWAP flee to TWAP with a probability."""
    rng = random.Random(5)
    orders: list[PeriodOrder] = []
    for day in range(days):
        for number in range(4):
            arm, hard = rng.choice(("vwap", "twap")), rng.random() < 0.5
            algorithm = "twap" if arm == "vwap" and hard and rng.random() < flee else arm
            cost = 5 + rng.gauss(0, 2) + (20 if hard else 0) + (effect if algorithm == "vwap" else 0)
            known = {"experiment": NAME, "arm": arm, "algorithm": algorithm, "symbol": f"S{number}"}
            orders.append(period_order(cost, day, number, **known))
    return orders


def draws(orders: list[PeriodOrder]) -> list[tuple[str, str]]:
    return [(order.experiment, order.arm) for order in orders]


def test_orders_that_fled_their_arm_still_count_for_it():
    """By what worked them TWAP looks dearer, because the hard ones came to it; by what was drawn there is nothing."""
    orders = drawn(flee=0.9)
    (result,) = experiments_of(orders, draws(orders))
    (one,) = result.comparisons
    assert one.verdict is Verdict.NOT_SIGNIFICANT
    assert sum(arm.orders for arm in result.arms) == len(orders)
    assert result.worked_otherwise > 20
    assert f"{result.worked_otherwise} orders were worked otherwise and count for their arm" in result.sentence
    treated = [replace(order, arm=order.algorithm) for order in orders]
    (wrong,) = experiments_of(treated, draws(treated))[0].comparisons
    assert wrong.verdict is Verdict.COST, "what is not drawn by lot is not told apart from what chose it"


def test_an_effect_that_is_there_is_found_and_called_drawn():
    orders = drawn(effect=15.0)
    (result,) = experiments_of(orders, draws(orders))
    (one,) = result.comparisons
    assert (one.first, one.second, one.verdict) == ("twap", "vwap", Verdict.GAIN)
    assert "Randomised: what was drawn explains the difference, or chance does" in one.sentence
    assert "Not randomised" not in one.sentence


def test_what_was_drawn_and_never_ordered_is_counted():
    orders = drawn(days=2)
    (result,) = experiments_of(orders, [*draws(orders), (NAME, "vwap")])
    assert (
        result.sentence == f"Experiment {NAME}: 9 trades were drawn by lot, 1 of them never ordered and in no figure."
    )
    assert result.comparisons[0].verdict is Verdict.INSUFFICIENT


def test_without_a_lot_there_is_no_experiment():
    assert experiments_of([period_order()], []) == ()


def test_the_period_reads_lots_from_the_approved_plans_and_shows_arms_and_balance(tmp_path: Path):
    plan = report_inputs().plan
    lines = [replace(x, experiment=NAME) if x.algorithm in ("vwap", "twap") else x for x in plan.lines]
    plan = replace(plan, lines=tuple(lines))
    sessions = [recorded_session(tmp_path, date(2022, 12, day), plan=plan) for day in (27, 28)]
    report = gather("core", "XNYS", period_of(date(2022, 12, 28), "week"), sessions, NOW)
    (result,) = report.experiments
    assert {arm.name: arm.orders for arm in result.arms} == {"twap": 4, "vwap": 12}
    text = write_period(report, tmp_path / "out").read_text()
    assert "intention to treat" in text
    assert "Drawn: TWAP 4, VWAP 12." in text
