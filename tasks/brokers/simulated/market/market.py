"""The market: fetches what the source has for a session and keeps one tape per symbol."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isfinite, prod

import numpy as np
import pandas as pd

from tasks.book.broker import SimulatedSettings
from tasks.brokers.simulated.market.replay import replayed_tape
from tasks.brokers.simulated.market.synthetic import Action, DayFacts, day_facts, modelled_tape
from tasks.brokers.simulated.market.tape import MINUTE, Floats, Tape
from tasks.errors import ConfigError
from tasks.ports.prices import Source, rows_inside
from tasks.quality.intraday import why_unusable
from tasks.quality.intraday_day import Day

Hours = Callable[[date], tuple[datetime, datetime]]
"""Open and close of a session, UTC; raises ConfigError when the date is not one."""

HISTORY = timedelta(days=40)
"""Calendar days before a session that its previous close and volatility are taken from."""
BAR = ("open", "high", "low", "close", "volume")
STILL_TO_APPLY = {"raw": ("split", "dividend"), "split": ("dividend",), "split_and_dividend": ()}
"""Corporate actions that are not already in a source's prices, by its adjustment."""


class Market:
    """Tapes by symbol and session, made when first asked for; nothing in them depends on the order of asking."""

    def __init__(self, source: Source, settings: SimulatedSettings, hours: Hours) -> None:
        self.source_name = source.name
        self.source = source
        self._settings = settings
        self._hours = hours
        self._tapes: dict[date, dict[str, Tape | None]] = {}
        self._known_hours: dict[date, tuple[datetime, datetime]] = {}
        self._last: date | None = None

    def first_session(self) -> date:
        """From here on the source has prices."""
        return self.source.available()[0]

    def is_still_to_come(self, session: date) -> bool:
        """Whether the source knows nothing of the session yet, for any symbol."""
        if self._last is None:
            self._last = self.source.available()[1]
        return session > self._last

    def last_closes(self, symbols: Sequence[str], session: date) -> dict[str, float]:
        """USD in the session's shares: what is known before its open of symbols that have had a price lately."""
        facts = self._facts(symbols, session)
        return {s: each.previous_close for s, each in facts.items() if isfinite(each.previous_close)}

    def hours(self, session: date) -> tuple[datetime, datetime]:
        """Open and close, UTC. Raises: ConfigError when the date is not a session."""
        if session not in self._known_hours:
            open_at, close_at = self._hours(session)
            self._known_hours[session] = open_at.astimezone(UTC), close_at.astimezone(UTC)
        return self._known_hours[session]

    def is_session(self, day: date) -> bool:
        """By the exchange's calendar."""
        try:
            self.hours(day)
        except ConfigError:
            return False
        return True

    def tape(self, symbol: str, session: date) -> Tape | None:
        """The symbol's tape, or None when the source has no price for the session."""
        return self.tapes((symbol,), session)[symbol]

    def tapes(self, symbols: Sequence[str], session: date) -> dict[str, Tape | None]:
        """Tapes of many symbols, with one question to the source for all that are new."""
        made = self._tapes.setdefault(session, {})
        new = [symbol for symbol in dict.fromkeys(symbols) if symbol not in made]
        if new:
            made.update(self._make(new, session))
        return {symbol: made[symbol] for symbol in symbols}

    def forget_before(self, session: date) -> None:
        """Drop the tapes of earlier sessions; asked for again, they come out the same."""
        self._tapes = {day: tapes for day, tapes in self._tapes.items() if day >= session}

    def notes(self, session: date) -> tuple[str, ...]:
        """The note of every tape made so far for a session."""
        return tuple(tape.note for tape in self._tapes.get(session, {}).values() if tape is not None)

    def actions(self, symbols: Sequence[str], first: date, last: date) -> list[Action]:
        """Splits and dividends with an ex-date in [first, last] that the source's prices do not already hold."""
        kinds, wanted = STILL_TO_APPLY[self.source.adjustment], set(symbols)
        if not kinds or not wanted or first > last:
            return []
        table = self.source.corporate_actions(symbols, first, last)
        rows = zip(pd.to_datetime(table["ex_date"]), table["symbol"], table["kind"], table["value"], strict=True)
        actions = [Action(ex.date(), str(symbol), str(kind), Decimal(str(value))) for ex, symbol, kind, value in rows]
        due = [a for a in actions if a.kind in kinds and a.symbol in wanted and first <= a.ex_date <= last]
        # a dividend that goes ex on the day of a split is paid per new share
        return sorted(due, key=lambda action: (action.ex_date, action.symbol, action.kind != "split"))

    def _make(self, symbols: Sequence[str], session: date) -> dict[str, Tape | None]:
        open_at, close_at = self.hours(session)
        minutes = (close_at - open_at) // MINUTE
        intraday = rows_inside(self.source, symbols, session)
        inside = (
            {str(symbol): bars for symbol, bars in intraday.groupby("symbol")}
            if intraday is not None and len(intraday)
            else {}
        )
        made: dict[str, Tape | None] = {}
        for symbol, facts in self._facts(symbols, session).items():
            made[symbol] = None
            bars = inside.get(symbol)
            why = "" if bars is None else why_unusable(bars, _day(symbol, session, (open_at, close_at), facts))
            if bars is not None and not why:
                made[symbol] = replayed_tape(symbol, session, open_at, minutes, bars, facts, self._settings)
            if made[symbol] is None and facts.is_priced:
                tape = modelled_tape(symbol, session, open_at, minutes, facts, self._settings)
                made[symbol] = (
                    replace(tape, note=f"{tape.note}, because its bars inside the day are unusable") if why else tape
                )
        return made

    def _facts(self, symbols: Sequence[str], session: date) -> dict[str, DayFacts]:
        daily = self.source.daily_bars(symbols, session - HISTORY, session)
        by_symbol = {str(symbol): rows for symbol, rows in daily.groupby("symbol")}
        actions = self.actions(symbols, session, session)
        facts: dict[str, DayFacts] = {}
        for symbol in symbols:
            closes, bar = _history_and_today(by_symbol.get(symbol), session)
            today = [action for action in actions if action.symbol == symbol]
            split = prod(float(action.value) for action in today if action.kind == "split")
            dividend = sum(float(action.value) for action in today if action.kind == "dividend")
            facts[symbol] = day_facts(closes, bar, split, dividend, self._settings.daily_volatility_pct / 100)
        return facts


def _day(symbol: str, session: date, hours: tuple[datetime, datetime], facts: DayFacts) -> Day:
    return Day(symbol, session, *hours, facts.close, facts.previous_close, facts.volume)


def _history_and_today(rows: pd.DataFrame | None, session: date) -> tuple[Floats, dict[str, float]]:
    """Closes before the session, oldest first, and the session's own bar, empty when the source has none."""
    if rows is None:
        return np.empty(0), {}
    days = rows["session"].to_numpy(dtype="datetime64[D]")
    order = np.argsort(days, kind="stable")
    today = np.datetime64(session, "D")
    values = {name: rows[name].to_numpy(dtype=float, na_value=np.nan)[order] for name in BAR}
    days = days[order]
    closes = values["close"][days < today]
    found = np.flatnonzero(days == today)
    return closes, {name: float(values[name][found[-1]]) for name in BAR} if len(found) else {}
