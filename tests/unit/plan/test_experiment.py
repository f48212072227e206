"""An algorithm that is drawn by lot: as often as declared, the same again, only among arms, under the plan's hash."""

from dataclasses import replace
from datetime import date, timedelta
from math import sqrt

import pytest
from plan_desk import SESSION, inputs_for
from pydantic import ValidationError

from tasks.book.execution import ExecutionSettings
from tasks.book.experiment import ExperimentSettings
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_from_json, plan_hash, plan_to_json
from tasks.plan.build import build_plan
from tasks.plan.experiment import drawn_arm, experiment_of, with_draw

ARMS = {Algorithm.VWAP: 70.0, Algorithm.TWAP: 30.0}
LOT = ExperimentSettings(name="vwap-or-twap", arms_pct=ARMS, seed=7)
SYMBOLS = [f"S{n:03d}" for n in range(40)]


NONE = ExperimentSettings()


def plan(experiment: ExperimentSettings, **execution: object) -> Plan:
    """Forty buys of 2 % each that all go to VWAP unless something else is said."""
    settings = ExecutionSettings(**({"algorithm": Algorithm.VWAP, "experiment": experiment} | execution))
    weights = dict.fromkeys(SYMBOLS, 0.02)
    inputs = inputs_for(weights, prices=dict.fromkeys(SYMBOLS, 50), cash=1_000_000, execution=settings)
    return with_draw(build_plan(inputs), experiment)


def test_each_arm_is_drawn_as_often_as_declared():
    """20,000 lots: 70 % within four binomial errors, and for buys as for sells."""
    days = [SESSION + timedelta(days=day) for day in range(250)]
    for side in Side:
        lots = [drawn_arm(LOT, day, symbol, side) for day in days for symbol in SYMBOLS]
        share = lots.count(Algorithm.VWAP) / len(lots)
        assert abs(share - 0.7) < 4 * sqrt(0.7 * 0.3 / len(lots))


def test_neither_a_symbol_nor_a_day_is_always_drawn_alike():
    days = [SESSION + timedelta(days=day) for day in range(60)]
    assert all(len({drawn_arm(LOT, day, symbol, Side.BUY) for day in days}) == 2 for symbol in SYMBOLS)
    assert all(len({drawn_arm(LOT, day, symbol, Side.BUY) for symbol in SYMBOLS}) == 2 for day in days)


def test_a_lot_is_the_same_again_and_another_seed_draws_another():
    """Frozen: whoever changes the lot changes what every recorded experiment says that it drew."""
    lots = [drawn_arm(LOT, date(2022, 12, 28), symbol, Side.BUY).value for symbol in ("AAPL", "KO", "MSFT", "PEP")]
    assert lots == ["vwap", "twap", "vwap", "vwap"]
    other = LOT.model_copy(update={"seed": 8})
    days = [SESSION + timedelta(days=day) for day in range(200)]
    alike = sum(drawn_arm(LOT, day, "KO", Side.BUY) is drawn_arm(other, day, "KO", Side.BUY) for day in days)
    assert 0.45 < alike / 200 < 0.72, "independent lots agree in 0.7 x 0.7 + 0.3 x 0.3 = 58 % of cases"


def test_a_purchase_and_a_sale_of_one_symbol_have_a_lot_each():
    days = [SESSION + timedelta(days=day) for day in range(400)]
    alike = sum(drawn_arm(LOT, day, "KO", Side.BUY) is drawn_arm(LOT, day, "KO", Side.SELL) for day in days)
    assert 0.48 < alike / 400 < 0.68, "58 % where the lots are independent"


def test_the_order_of_the_arms_in_the_book_changes_no_lot():
    turned = LOT.model_copy(update={"arms_pct": dict(reversed(ARMS.items()))})
    assert plan_hash(plan(LOT)) == plan_hash(plan(turned))


def test_only_what_an_arm_would_work_anyway_is_drawn():
    free = ExecutionSettings(experiment=LOT, by_symbol={"SPY": Algorithm.VWAP})
    assert experiment_of(free, SESSION, "KO", Side.BUY, Algorithm.AT_CLOSE) == ("", Algorithm.AT_CLOSE)
    assert experiment_of(free, SESSION, "KO", Side.BUY, Algorithm.POV) == ("", Algorithm.POV)
    assert experiment_of(free, SESSION, "SPY", Side.BUY, Algorithm.VWAP) == ("", Algorithm.VWAP), "the book names it"
    assert experiment_of(free, SESSION, "KO", Side.BUY, Algorithm.TWAP)[0] == "vwap-or-twap"
    assert experiment_of(ExecutionSettings(), SESSION, "KO", Side.BUY, Algorithm.TWAP) == ("", Algorithm.TWAP)


def test_orders_for_an_auction_are_not_drawn():
    made = plan(LOT, algorithm=Algorithm.AT_CLOSE)
    assert {line.algorithm for line in made.trades} == {Algorithm.AT_CLOSE}
    assert not any(line.experiment for line in made.lines)
    assert "of 40 trades 0 were drawn by lot, twap (30 %): none; vwap (70 %): none" in made.findings[-1].message


def test_the_plan_says_what_was_drawn_and_its_hash_covers_it():
    made, without = plan(LOT), plan(NONE)
    arms = {line.symbol: line.algorithm for line in made.trades}
    assert set(arms.values()) == {Algorithm.VWAP, Algorithm.TWAP}
    assert all(line.experiment == "vwap-or-twap" for line in made.trades)
    assert made.findings[-1].message.startswith(
        "experiment vwap-or-twap, seed 7: of 40 trades 40 were drawn by lot, twap (30 %): "
    )
    assert plan_hash(made) != plan_hash(without)
    lines = tuple(replace(line, experiment="") for line in made.lines)
    assert plan_hash(replace(made, lines=lines)) != plan_hash(made), "a lot cannot be taken out of an approved plan"
    assert plan_from_json(plan_to_json(made)) == made


def test_a_plan_without_an_experiment_keeps_the_hash_that_it_had():
    assert "experiment" not in plan_to_json(plan(NONE))


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        ({"vwap": 50}, "at least 2"),
        ({"vwap": 0.5, "twap": 0.5}, "add up to 1, each must be above 0 and all 100; write arms_pct"),
        ({"vwap": 100, "twap": 0}, "each must be above 0"),
        ({"vwap": 50, "at_close": 50}, "at_close trades in an auction and is no arm; write arms_pct"),
    ],
)
def test_arms_that_cannot_be_meant_are_refused(arms: dict[Algorithm, float], said: str):
    with pytest.raises(ValidationError, match=said):
        ExperimentSettings(name="x", arms_pct=arms, seed=1)
