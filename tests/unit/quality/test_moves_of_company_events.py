"""A spin-off that raw prices cannot be adjusted for stops no session: its move is explained, and its symbol held."""

from datetime import date

import pytest

from tasks.model.plan import Finding, Severity
from tasks.ports.prices import CompanyEvent, EventKind
from tasks.quality.rules.events import explained_by_events

FRIDAY, MONDAY = date(2022, 11, 18), date(2022, 11, 21)
EVENT = CompanyEvent(FRIDAY, "AAA", EventKind.SPIN_OFF, "Alpaca", 0, distorts=True)


def jump(symbol: str = "AAA", on: date = FRIDAY, check: str = "staying_jump") -> Finding:
    return Finding(Severity.HALT, check, symbol, f"{symbol}: -40 %", symbol, on)


@pytest.mark.parametrize("on", [FRIDAY, MONDAY])
def test_a_move_on_the_day_of_an_event_is_a_warning_that_names_it(on: date) -> None:
    [told] = explained_by_events([jump(on=on)], [EVENT])
    assert (told.severity, told.check) == (Severity.WARN, "explained_move")
    assert "spin off of 2022-11-18 in Alpaca" in told.message


@pytest.mark.parametrize("other", [jump("BBB"), jump(on=date(2022, 11, 17)), jump(check="stale_last_price")])
def test_any_other_finding_halts_as_before(other: Finding) -> None:
    assert explained_by_events([other], [EVENT]) == [other]
