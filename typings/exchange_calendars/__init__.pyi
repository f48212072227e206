from typing import Literal

import pandas as pd

class ExchangeCalendar:
    # Midnights without a zone.
    sessions: pd.DatetimeIndex
    early_closes: pd.DatetimeIndex
    # UTC.
    def session_open(self, session: pd.Timestamp) -> pd.Timestamp: ...
    def session_close(self, session: pd.Timestamp) -> pd.Timestamp: ...

# Raises: errors.InvalidCalendarName.
def get_calendar(name: str, *, start: str, end: str, side: Literal["left"]) -> ExchangeCalendar: ...
