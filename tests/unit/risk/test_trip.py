"""The brake measures from the journal and the quotes, records a trip once for each cause, and never loosens a halt."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from risk_desk import CLOSE, NOON, OPEN, SESSION, Room, minutes, room

from tasks.model.account import HaltState
from tasks.model.cycle import Checkpoint
from tasks.model.halts import EVERY_BOOK, Halt
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import OrderState
from tasks.risk.measure import busiest_minute, measured
from tasks.risk.trip import check_breakers

SENT, ACCEPTED, REJECTED = OrderState.SENT, OrderState.ACCEPTED, OrderState.REJECTED
LOSS: Any = {"daily_loss": {"max_pct": 5}}


def says(it: Room, state: HaltState, scope: str = "demo", who: str = "Ada Byron") -> None:
    it.desk.journal.halts.record(Halt(scope, state, who, "said so", {}, NOON))


def state(it: Room) -> HaltState:
    return it.desk.journal.halts.state("demo")


def trips_on_record(it: Room) -> list[float]:
    return [h.figures["measured"] for h in it.desk.journal.halts.history("demo") if h.who.startswith("breaker")]


def test_a_calm_session_trips_nothing(tmp_path: Path) -> None:
    it = room(tmp_path)
    assert check_breakers(it.desk) is None
    assert it.desk.journal.halts.history() == ()


def test_a_trip_is_on_record_with_its_figures_and_the_story_hears_of_it(tmp_path: Path) -> None:
    """900 AAPL from 100 to 94 are 5,400 of 100,000 USD."""
    it = room(tmp_path, **LOSS)
    it.falls_to("94")
    halt = check_breakers(it.desk)
    assert halt is not None
    assert (halt.scope, halt.state, halt.who) == ("demo", HaltState.REDUCING, "breaker daily_loss")
    assert (halt.figures["measured"], halt.figures["limit"], halt.figures["session"]) == (5.4, 5.0, "2022-12-28")
    assert it.desk.journal.halts.history() == (halt,)
    assert state(it) is HaltState.REDUCING
    assert [(event.step, event.state) for event in it.heard] == [("breaker daily_loss", "stopped")]


def test_the_same_situation_trips_once(tmp_path: Path) -> None:
    it = room(tmp_path, **LOSS)
    it.falls_to("94")
    assert check_breakers(it.desk) is not None
    it.falls_to("70")
    assert check_breakers(it.desk) is None
    assert trips_on_record(it) == [5.4]


def test_after_a_resume_the_same_breach_trips_only_when_it_has_grown(tmp_path: Path) -> None:
    """Limit 5 %, tripped at 5.4 %: again from 6.4 % on, and after that from 7.4 % on."""
    it = room(tmp_path, **LOSS)
    it.falls_to("94")
    check_breakers(it.desk)
    says(it, HaltState.NORMAL)
    for aapl, again in (("94", False), ("93", False), ("92.9", False), ("92.8", True), ("92.7", False)):
        it.falls_to(aapl)
        assert (check_breakers(it.desk) is not None) is again, aapl
    assert trips_on_record(it) == [5.4, 6.48]
    says(it, HaltState.NORMAL)
    assert check_breakers(it.desk) is None


def test_a_new_session_is_judged_anew(tmp_path: Path) -> None:
    it = room(tmp_path, **LOSS)
    it.falls_to("94")
    check_breakers(it.desk)
    says(it, HaltState.NORMAL)
    nextday = replace(it.desk.cycle, cycle_id="demo:2022-12-29", session=date(2022, 12, 29))
    cycle = it.desk.journal.cycles.open(nextday)
    it.desk.journal.cycles.record_step(cycle, Checkpoint("holdings", {}, 0.1, NOON))
    it.desk = replace(it.desk, cycle=cycle)
    assert check_breakers(it.desk) is not None
    assert trips_on_record(it) == [5.4, 5.4]


def test_a_breaker_never_loosens_what_a_person_has_halted(tmp_path: Path) -> None:
    """Neither one that was halted before, nor in the moment between; a person may, by their word."""
    it = room(tmp_path, **LOSS)
    says(it, HaltState.HALTED)
    it.falls_to("94")
    assert check_breakers(it.desk) is not None
    assert state(it) is HaltState.HALTED
    says(it, HaltState.REDUCING)
    assert state(it) is HaltState.REDUCING
    says(it, HaltState.NORMAL)
    assert state(it) is HaltState.NORMAL


def test_a_resume_of_all_books_does_not_free_a_book_that_tripped(tmp_path: Path) -> None:
    it = room(tmp_path, **LOSS)
    says(it, HaltState.HALTED, EVERY_BOOK)
    it.falls_to("94")
    check_breakers(it.desk)
    assert state(it) is HaltState.HALTED
    says(it, HaltState.NORMAL, EVERY_BOOK)
    assert state(it) is HaltState.REDUCING


def test_two_breakers_trip_together_and_the_stricter_stands(tmp_path: Path) -> None:
    it = room(tmp_path, **LOSS, unknown={"max_orders": 0})
    it.falls_to("94")
    it.sends("k1", SENT, OrderState.UNKNOWN)
    halt = check_breakers(it.desk)
    assert halt is not None
    assert halt.who == "breaker unknown"
    assert state(it) is HaltState.HALTED
    assert len(trips_on_record(it)) == 2


def test_the_market_does_not_halt_the_liquidation_that_flees_it(tmp_path: Path) -> None:
    it = room(tmp_path, daily_loss={"max_pct": 5, "then": "halted"}).as_liquidation()
    it.falls_to("80")
    check_breakers(it.desk)
    assert state(it) is HaltState.REDUCING


def test_broken_machinery_halts_a_liquidation_too(tmp_path: Path) -> None:
    """Three orders within a minute, in the liquidation's own cycle."""
    it = room(tmp_path, message_rate={"max_per_minute": 2}).as_liquidation()
    for key in ("k1", "k2", "k3"):
        it.sends(key, SENT)
    check_breakers(it.desk)
    assert state(it) is HaltState.HALTED


# --- what is measured ---


def test_nothing_is_valued_before_stock_was_taken(tmp_path: Path) -> None:
    """Splits of the session are not booked yet: half the price is no loss."""
    it = room(tmp_path, stock_taken=False)
    it.falls_to("50")
    assert measured(it.desk).loss_pct is None
    assert measured(it.desk).quote_age_s is None


def test_a_book_that_was_never_valued_has_no_loss(tmp_path: Path) -> None:
    it = room(tmp_path, valued=False)
    it.falls_to("50")
    assert (measured(it.desk).loss_pct, measured(it.desk).drawdown_pct) == (None, None)


def test_a_first_session_is_compared_with_its_opening(tmp_path: Path) -> None:
    """Nothing was ever valued, but the account was taken over at 100 this morning: 94 is a loss of 5.4 %."""
    it = room(tmp_path, valued=False, stock_taken=False)
    taken = {"sentence": "", "facts": {"prices": {"AAPL": "100"}}}
    it.desk.journal.cycles.record_step(it.desk.cycle, Checkpoint("holdings", taken, 0.1, NOON))
    it.falls_to("94")
    figures = measured(it.desk)
    assert (figures.loss_pct, figures.drawdown_pct) == (Decimal("5.4"), Decimal("5.4"))


def test_a_valuation_of_this_session_is_not_what_it_is_compared_with(tmp_path: Path) -> None:
    it = room(tmp_path)
    it.falls_to("94")
    it.desk.journal.books.record_valuation("demo", SESSION, Decimal(94_600), Decimal(10_000), {"AAPL": Decimal(94)})
    assert measured(it.desk).loss_pct == Decimal("5.4")


def test_the_drawdown_is_from_the_highest_valuation(tmp_path: Path) -> None:
    """120 a week ago is 118,000 USD; 94 today is 94,600: 19.83 % below."""
    it = room(tmp_path)
    it.desk.journal.books.record_valuation(
        "demo", date(2022, 12, 21), Decimal(118_000), Decimal(10_000), {"AAPL": Decimal(120)}
    )
    it.falls_to("94")
    found = measured(it.desk)
    assert found.drawdown_pct == Decimal(23_400) / Decimal(118_000) * 100
    assert found.loss_pct == Decimal("5.4")


def test_slippage_is_measured_against_arrival_with_fees_and_the_estimates_share(tmp_path: Path) -> None:
    """500 of 1,000 shares at 101 and 2 USD of fees, arrival 100, estimate 100 USD for all: 502 against 50."""
    it = room(tmp_path)
    it.sends("k1", SENT, ACCEPTED)
    it.fills("k1", 500, "101", "2")
    found = measured(it.desk)
    assert (found.traded_usd, found.cost_usd, found.estimated_usd) == (50_500, 502, 50)


def test_a_bust_fill_cost_nothing(tmp_path: Path) -> None:
    it = room(tmp_path)
    it.sends("k1", SENT, ACCEPTED)
    it.fills("k1", 500, "101")
    it.fills("k1", 0, "101", execution_id="x-bust", supersedes="x-k1")
    assert measured(it.desk).traded_usd == 0


def test_refusals_are_the_brokers_and_nobody_elses(tmp_path: Path) -> None:
    """What never arrived, what a person declared dead and what the halt withheld was not refused."""
    it = room(tmp_path)
    it.sends("k1", SENT, ACCEPTED)
    it.sends("k2", SENT, REJECTED, reason="insufficient buying power")
    it.sends("k3", SENT, REJECTED, reason="never arrived: two complete answers do not have it")
    it.sends("k4", SENT, REJECTED, reason="dead, says Ada Byron: not in the blotter")
    it.sends("k5", SENT, OrderState.CANCELLED, reason="withheld before the call: the book is halted")
    it.sends("k6")
    assert (measured(it.desk).sent, measured(it.desk).rejected) == (4, 1)


def test_what_an_older_life_sent_without_an_answer_is_unknown(tmp_path: Path) -> None:
    it = room(tmp_path)
    it.sends("k1", SENT)
    it.sends("k2", SENT, OrderState.UNKNOWN)
    it.sends("k3", SENT, ACCEPTED)
    assert measured(it.desk).unknown == 1
    it.desk.journal.fence.take("demo", "a later life", lambda: NOON, is_dead=lambda _: True)
    assert measured(it.desk).unknown == 2


def test_the_age_is_that_of_the_newest_quote_while_the_market_is_open(tmp_path: Path) -> None:
    it = room(tmp_path)
    shares = LedgerRow("xom", "demo", "main", "opening", OPEN, "XOM", Decimal(5), None, Decimal(50), "")
    it.desk.journal.books.record_entries([shares])
    for aapl, xom in ((7, 9), (9, 7)):
        it.ticker.quoted_at = {"AAPL": NOON - minutes(aapl), "XOM": NOON - minutes(xom)}
        assert measured(it.desk).quote_age_s == 420
    for closed in (OPEN - minutes(1), CLOSE):
        it.ticker.clock = closed
        assert measured(it.desk).quote_age_s is None
        assert measured(it.desk).wanted_quotes == 0
    it.ticker.clock = OPEN
    assert measured(it.desk).wanted_quotes == 2


def test_a_symbol_that_is_held_or_ordered_must_have_a_quote(tmp_path: Path) -> None:
    it = room(tmp_path)
    it.ticker.prices.clear()
    found = measured(it.desk)
    assert (found.missing_quotes, found.wanted_quotes, found.quote_age_s) == (("AAPL",), 1, None)
    assert found.loss_pct == 0, "a price that is missing is no loss"


def test_messages_are_orders_and_cancels_within_any_sixty_seconds(tmp_path: Path) -> None:
    it = room(tmp_path)
    it.sends("k1", SENT, ACCEPTED, at=NOON)
    it.sends("k2", SENT, OrderState.CANCELLED, at=NOON + minutes(0.9))
    it.sends("k3", SENT, OrderState.CANCELLED, at=NOON + minutes(0.9), reason="withheld before the call")
    it.sends("k4", SENT, at=NOON + minutes(1))
    assert measured(it.desk).messages_per_minute == 3


@pytest.mark.parametrize(("seconds", "most"), [([], 0), ([0], 1), ([0, 59.9], 2), ([0, 60], 1), ([0, 30, 60, 61], 3)])
def test_a_minute_is_sixty_seconds_wherever_it_begins(seconds: list[float], most: int) -> None:
    assert busiest_minute([NOON + minutes(s / 60) for s in seconds]) == most
