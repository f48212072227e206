"""A book may trade in the afternoon only; a half day has its afternoon before lunch."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from tasks.book.execution import ExecutionSettings
from tasks.orders.waves import WaveKind, waves_of

OPENS = datetime(2022, 11, 23, 14, 30, tzinfo=UTC)


def first_and_deadline(minutes: int, **settings: int) -> tuple[int, int]:
    """Minutes from the open to the first working wave and to the deadline, in a session of so many minutes."""
    chosen = ExecutionSettings.model_validate(settings)
    waves = waves_of((OPENS, OPENS + timedelta(minutes=minutes)), chosen)
    first = next(wave.at for wave in waves if wave.kind is WaveKind.WORKING)
    deadline = next(wave.at for wave in waves if wave.kind is WaveKind.DEADLINE)
    return (first - OPENS) // timedelta(minutes=1), (deadline - OPENS) // timedelta(minutes=1)


def test_a_book_can_begin_in_the_afternoon():
    assert first_and_deadline(390, start_after_open_min=210) == (210, 380)


def test_on_a_half_day_an_afternoon_begins_as_long_before_the_close():
    assert first_and_deadline(210, start_after_open_min=210) == (30, 200)


def test_a_window_that_fits_a_half_day_stays_where_it_is():
    assert first_and_deadline(210, start_after_open_min=60) == (60, 200)


def test_a_window_of_no_minute_is_refused():
    with pytest.raises(ValidationError, match="leave no window of 10 minutes on a whole day"):
        ExecutionSettings(start_after_open_min=350, stop_before_close_min=40)
