"""The steps of a session done again by a person's word: recorded, from where it was said, and never a second order."""

from datetime import date
from typing import Any, cast

import pytest

from flows.rebalance import rebalance
from flows.rerun import rerun
from flows.session_check import session_check
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


def test_a_book_that_was_only_liquidated_has_no_rebalance_to_do_again_and_is_told_what_there_is(world: World) -> None:
    world.liquidate(until="plan")
    with pytest.raises(ConfigError, match=r"only a liquidation; .* steelyard review .* --session \S+ --liquidation"):
        again(world, "report")


def test_whoever_asks_for_a_missed_session_on_a_day_without_trading_hears_that_there_was_none(world: World) -> None:
    """A person's run too, which no schedule has fired."""
    told = session_check(book=world.book, session=date(2022, 12, 25))
    assert (told["status"], told["message"][:35]) == ("no_session", "Sunday 2022-12-25 is not a session ")
