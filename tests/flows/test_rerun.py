"""The steps of a session done again by a person's word: recorded, from where it was said, and never a second order."""

from typing import Any, cast

import pytest

from flows.rebalance import rebalance
from flows.rerun import rerun
from tasks.errors import ConfigError
from tasks.model.rerun_rules import FromStep
from tests.flows.test_halt_and_liquidate import ADA, DAY, World, world
from tests.flows.worlds import assert_every_order_was_sent_once, steelyard_here

__all__ = ["world"]
WHY = "the prices of KO were corrected"
STEPS = "SELECT attempt, step FROM steps ORDER BY attempt, finished_at"
WORDS = "SELECT attempt, from_step, who, because FROM reruns ORDER BY id"


def again(world: World, step: FromStep) -> dict[str, Any]:
    return cast("dict[str, Any]", rerun(book=world.book, session=DAY, from_step=step, who=ADA, because=WHY))


def test_a_plan_is_made_again_from_the_optimiser_on_with_the_prices_and_holdings_that_were_there(world: World) -> None:
    rebalance(book=world.book, session=DAY, until="plan")
    told = again(world, "optimize")
    assert (told["status"], told["breaks"]) == ("done", 0)
    kept = ["download", "check", "holdings"]
    first, second = ([step for attempt, step in world.rows(STEPS) if attempt == number] for number in (1, 2))
    assert (first, second[:4]) == ([*kept, "optimize", "drift", "orders"], [*kept, "optimize"])
    were = world.rows(
        "SELECT attempt, finished_at FROM steps WHERE step IN ('download', 'optimize') ORDER BY step, attempt"
    )
    assert were[0][1] == were[1][1], "the download is the one that was"
    assert were[2][1] < were[3][1], "the optimiser was asked again"
    assert world.rows(WORDS) == [(2, "optimize", ADA, WHY)]
    assert_every_order_was_sent_once(world.home)
    assert steelyard_here("audit", "verify")["flaws"] == []


def test_what_was_ordered_is_never_ordered_again_and_the_rest_goes_on(world: World) -> None:
    world.falls_over_after_wave_one()
    sent = world.at_broker("SELECT key FROM orders")
    with pytest.raises(
        ConfigError, match=r"what was ordered stands; go on with the rest: steelyard rerun .* --from waves"
    ):
        again(world, "optimize")
    assert (world.at_broker("SELECT key FROM orders"), world.rows(WORDS)) == (sent, [])
    told = again(world, "waves")
    assert (told["status"], told["orders"], told["breaks"]) == ("done", 5, 0)
    assert world.rows(WORDS) == [(1, "waves", ADA, WHY)]
    assert_every_order_was_sent_once(world.home)
    with pytest.raises(ConfigError, match="it is done, and what was decided stands"):
        again(world, "orders")
    assert again(world, "reconcile")["report"] == told["report"]
    assert_every_order_was_sent_once(world.home)
    assert steelyard_here("audit", "verify")["flaws"] == []
