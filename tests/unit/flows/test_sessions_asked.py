"""Which session is meant: a date, the next one, or none in particular; and what is told when it cannot be had."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from flows.cli.options import parse_asked
from flows.sessions import session_asked
from tasks.book.model import Book
from tasks.errors import ConfigError
from tasks.model.cycle import Cycle
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, MONDAY, TUESDAY, WEDNESDAY, quiet_week

AFTER_THANKSGIVING = date(2022, 11, 28)
"""The Monday after the last price of the week."""
NOON = datetime(2022, 11, 22, 17, tzinfo=UTC)
PRICES: Any = quiet_week("AAA")


def book(broker: str = "simulated", **data: Any) -> Book:
    told = {"book": "core", "broker": {"name": broker}, "universe": {"symbols": ["AAA"]}, "data": data}
    return Book.model_validate({**told, "objective": {"kind": "risk_parity"}})


def on_record(session: date, status: str = "done", mode: str = "full_auto") -> Cycle:
    name = f"core:{session}"
    return Cycle(name, "core", session, "core", mode, 1, status, "", "core.yaml", "", "", NOON, NOON)


def asked(what: Any, of: Book, *record: Cycle, planning: bool = False) -> date:
    return session_asked(what, of, PRICES, record, planning=planning, environment={})


def test_next_is_the_session_after_the_last_finished_one() -> None:
    assert asked("next", book(), on_record(TUESDAY), on_record(MONDAY)) == WEDNESDAY
    assert asked("next", book(), on_record(WEDNESDAY)) == HALF_DAY


@pytest.mark.parametrize("status", ["stopped", "waiting", "planned", "failed", "running"])
def test_next_is_the_session_that_is_not_finished_yet(status: str) -> None:
    assert asked("next", book(), on_record(TUESDAY, status), on_record(MONDAY)) == TUESDAY


def test_research_has_finished_a_session_with_its_plan() -> None:
    assert asked("next", book(), on_record(TUESDAY, "planned", "research"), planning=True) == WEDNESDAY


def test_a_book_that_replays_begins_where_it_says_and_stays_where_it_has_come_to() -> None:
    replaying = book(replay_from=MONDAY)
    assert asked(None, replaying) == asked("next", replaying) == MONDAY
    assert asked(None, replaying, on_record(TUESDAY), on_record(MONDAY)) == TUESDAY
    assert asked("next", replaying, on_record(TUESDAY)) == WEDNESDAY


def test_other_books_begin_with_the_newest_session_as_ever() -> None:
    assert asked(None, book()) == asked("next", book()) == HALF_DAY
    assert asked(None, book(), on_record(TUESDAY)) == HALF_DAY


def test_a_real_market_trades_only_its_newest_session() -> None:
    real = book("alpaca", replay_from=MONDAY)
    assert asked("next", real, on_record(TUESDAY)) == asked(None, real) == AFTER_THANKSGIVING


def test_where_the_prices_end_there_is_no_next_session_and_it_is_said_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"finished up to 2022-11-25.*add the prices of 2022-11-28"):
        asked("next", book(), on_record(HALF_DAY))
    sample: Any = replace(PRICES, name="sample")
    with pytest.raises(ConfigError, match=r"the bundled sample ends.*data.source: files.*STEELYARD_HOME"):
        session_asked("next", book(), sample, [on_record(HALF_DAY)], planning=False, environment={})


def test_tomorrow_can_be_planned_on_prices_up_to_yesterday() -> None:
    assert asked(AFTER_THANKSGIVING, book(), planning=True) == AFTER_THANKSGIVING
    assert asked("next", book(), on_record(HALF_DAY), planning=True) == AFTER_THANKSGIVING


def test_tomorrow_cannot_be_traded_on_a_simulated_market_and_the_plan_is_pointed_at() -> None:
    with pytest.raises(ConfigError, match=r"2022-11-28 has no prices yet: .*ends on 2022-11-25.*steelyard plan"):
        asked(AFTER_THANKSGIVING, book())


def test_the_day_after_tomorrow_is_outside_the_data_and_the_missing_day_is_named() -> None:
    with pytest.raises(ConfigError, match=r"2022-11-29 is outside.*2022-11-28 at the latest.*prices of 2022-11-28 are"):
        asked(date(2022, 11, 29), book(), planning=True)
    with pytest.raises(ConfigError, match="prices from 2022-11-28 to 2022-12-01 are missing"):
        asked(date(2022, 12, 2), book(), planning=True)
    with pytest.raises(ConfigError, match="outside the data"):
        asked(date(2022, 11, 18), book(), planning=True)


def test_a_session_is_written_as_a_date_or_as_next() -> None:
    assert parse_asked("next") == "next"
    assert parse_asked("2022-11-22") == TUESDAY
    assert parse_asked(None) is None
    with pytest.raises(ConfigError, match="next"):
        parse_asked("tomorrow")
