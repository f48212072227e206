"""A source that is asked with patience: prices from a broker's house come over the same wires as its orders."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

import pandas as pd

from tasks.ports.prices import CompanyEvent, KnowsCompanyEvents, Source
from tasks.retry import PATIENCE, with_retries

Answer = TypeVar("Answer")


@dataclass
class PatientSource:
    """Implements `Source`: every question may be repeated, and an answer is whole or none."""

    inner: Source
    patience: tuple[timedelta, ...] = PATIENCE
    sleep: Callable[[float], None] = time.sleep

    name: str = field(init=False)
    adjustment: str = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.adjustment = self.inner.name, self.inner.adjustment

    def available(self) -> tuple[date, date]:
        return self._read(self.inner.available)

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        return self._read(lambda: self.inner.daily_bars(symbols, first, last))

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        return self._read(lambda: self.inner.intraday_bars(symbols, session))

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        return self._read(lambda: self.inner.corporate_actions(symbols, first, last))

    def company_events(self, symbols: Sequence[str], first: date, last: date) -> list[CompanyEvent]:
        inner = self.inner
        return (
            self._read(lambda: inner.company_events(symbols, first, last))
            if isinstance(inner, KnowsCompanyEvents)
            else []
        )

    def _read(self, question: Callable[[], Answer]) -> Answer:
        return with_retries(question, self.patience, lambda length: self.sleep(length.total_seconds()))
