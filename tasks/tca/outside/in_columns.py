"""Orders and their executions as columns that our measures take: `build_records` for a hundred thousand. Pure.

The rules are those of `build_records`, order by order; a test holds every figure of the one against the other.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from tasks.tca.columns.against import Windows
from tasks.tca.columns.exact import Exact, Places
from tasks.tca.columns.rounding import Known
from tasks.tca.columns.shortfalls import FillColumns, FilledColumns, OrderColumns, filled_columns
from tasks.tca.outside.build_records import name_unmeasured
from tasks.tca.outside.exact_cells import exact_of
from tasks.tca.outside.market import OLDEST_CLOSE
from tasks.tca.outside.market_columns import MarketColumns, day_keys, micros
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.settings import ColumnSettings

DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Priced:
    """(n,) prices, whether each is known, and whether the orders' file names it."""

    price: Exact
    known: Known
    named: Known


@dataclass(frozen=True)
class OutsideColumns:
    """(n,) orders that can be measured, by symbol and order id; instants in microseconds since 1970, 0 for none."""

    frame: pd.DataFrame
    """Their rows as they were parsed."""
    fills_frame: pd.DataFrame
    """(m,) rows of their fills, by order, time and execution id."""
    session: Places
    """Days since 1970, in the sessions' zone."""
    orders: OrderColumns
    fills: FillColumns
    filled: FilledColumns
    windows: Windows
    market: MarketColumns
    has_decision: Known
    arrival: Priced
    end: Priced
    """When the order ended; without one the close of its last day values the rest."""
    previous_close: Priced
    open: Priced
    close: Priced
    ended_at: Places
    first_fill_at: Places
    last_fill_at: Places

    @property
    def days(self) -> list[date]:
        """Every session once, the first one first."""
        return np.unique(self.session).astype("datetime64[D]").tolist()


def outside_columns(
    orders: pd.DataFrame, fills: pd.DataFrame, market: MarketColumns, settings: ColumnSettings, problems: Problems
) -> OutsideColumns:
    """Every order that has a day and a price to start from; the others are named and left out."""
    orders = orders.sort_values(["symbol", "order_id"], kind="stable")
    whole = _Draft(orders, fills, market, settings)
    can = name_unmeasured(orders, whole.has_day, whole.has_start, problems, has_prices=len(market.symbols) > 0)
    return whole.built() if can.all() else _Draft(orders[can], fills, market, settings).built()


class _Draft:
    """What is known of each order, one thing after the other."""

    def __init__(
        self, orders: pd.DataFrame, fills: pd.DataFrame, market: MarketColumns, settings: ColumnSettings
    ) -> None:
        self._orders, self._market, self._settings = orders, market, settings
        self._place_fills(fills)
        self._tape, self._has_tape = market.tape(orders["symbol"])
        self._decided, self._arrived, named_end = (
            micros(orders[name]) for name in ("decided_at", "arrival_at", "ended_at")
        )
        self._has_arrived = orders["arrival_at"].notna().to_numpy(dtype=bool)
        decided = orders["decided_at"].notna().to_numpy(dtype=bool)
        has_fill = self._fills.first[1:] > self._fills.first[:-1]
        first_fill = self._edge(self._fills.first[:-1], has_fill)
        self._last_fill = self._edge(self._fills.first[1:] - 1, has_fill)
        self._has_fill, self._first_fill = has_fill, first_fill
        self.has_day = self._has_arrived | decided | has_fill
        self._begun = np.where(self._has_arrived, self._arrived, np.where(decided, self._decided, first_fill))
        self.session = self._day(self._begun)
        self._take_prices()
        self.has_start = self._decision.known | self._arrival.known
        self._ended = np.where(orders["ended_at"].notna(), named_end, self._own_end())

    def _place_fills(self, fills: pd.DataFrame) -> None:
        place = pd.Index(self._orders["order_id"]).get_indexer(pd.Index(fills["order_id"]))
        order = np.argsort(place, kind="stable")
        order = order[place[order] >= 0]
        self._rows, units = fills.iloc[order], self._settings.units
        shares, _ = exact_of(self._rows["shares"], units.shares)
        price, _ = exact_of(self._rows["price"], units.price)
        fee, _ = exact_of(self._rows["fee"], units.fee)
        first = np.searchsorted(place[order], np.arange(len(self._orders) + 1), "left").astype(np.int64)
        self._fills = FillColumns(first, shares, price, fee, micros(self._rows["time"]))
        self._filled = filled_columns(self._fills)
        self._shares, _ = exact_of(self._orders["shares"], units.shares)

    def _edge(self, place: Places, has_fill: Known) -> Places:
        if not len(self._fills.at):
            return np.zeros(len(place), np.int64)
        return np.where(has_fill, self._fills.at[np.where(has_fill, place, 0)], 0)

    def _day(self, at: Places) -> Places:
        stamps = pd.Series(pd.to_datetime(at, unit="us", utc=True)).dt.tz_convert(self._settings.sessions)
        local = stamps.dt.tz_localize(None).astype("datetime64[us]").astype("int64").to_numpy(np.int64)
        return (local // DAY_US).astype(np.int64)

    def _key(self, day: Places) -> Places:
        return day_keys(self._tape, day)

    def _named(self, field: str) -> Priced:
        price, known = exact_of(self._orders[field], self._settings.units.price)
        return Priced(price, known, known)

    def _take_prices(self) -> None:
        self._decision = self._named("decision_price")
        at_arrival, there = self._market.price_at(self._tape, self._key(self.session), self._arrived)
        self._arrival = self._else(self._named("arrival_price"), at_arrival, there & self._has_arrived)

    def _else(self, named: Priced, price: Exact, known: Known) -> Priced:
        known = known & self._has_tape
        return Priced(named.price.where(named.known, price), named.known | known, named.known)

    def _is_filled(self) -> Known:
        return (self._filled.shares - self._shares).units >= 0

    def _own_end(self) -> Places:
        """The last execution of an order that was filled, else the end of its days' bars."""
        last_day = np.where(self._has_fill, self._day(self._last_fill), self.session)
        opened, closed = self._market.bars_of_days(self._key(self.session), self._key(last_day))
        over, known = self._market.last_end(opened, closed)
        over = np.where(known & self._has_tape & ~self._is_filled(), over, 0)
        return np.maximum(np.maximum(self._begun, self._last_fill), over)

    def _windows(self, last: Places) -> Windows:
        opened, closed = self._market.bars_of_days(self._key(self.session), self._key(last))
        closed = np.where(self._has_tape, closed, opened)
        final = np.where(self._has_fill, self._last_fill, self._ended)
        end = np.where(self._is_filled(), final, np.maximum(final, self._ended))
        start = np.where(self.has_day & (self._begun != 0), self._begun, self._ended)
        return Windows(self._tape, start, np.maximum(start, end), opened, closed)

    def _of_day(self, prices: Exact, place: Places, known: Known) -> Priced:
        known = known & self._has_tape
        found = prices[np.where(known, place, 0)] if len(prices) else Exact.zeros(len(known))
        return Priced(found, known, np.zeros(len(known), bool))

    def built(self) -> OutsideColumns:
        """All of it."""
        days, session = self._market.days, self._key(self.session)
        last = self._day(np.maximum(self._ended, self._last_fill))
        at_end, there = self._market.price_at(self._tape, self._key(self._day(self._ended)), self._ended)
        end = self._else(self._named("end_price"), at_end, there)
        before, has_before = days.last_before(session)
        if len(days.key):
            has_before = has_before & (session - days.key[before] <= OLDEST_CLOSE)
        on, is_on = days.on(session)
        final, has_final = days.last_before(self._key(last) + 1)
        has_final = has_final & (days.key[final] >= session) if len(days.key) else has_final
        opened = self._of_day(days.open, on, is_on & (days.has_open[on] if len(days.key) else is_on))
        close = self._of_day(days.close, final, has_final)
        start = self._decision.price.where(self._decision.known, self._arrival.price)
        return OutsideColumns(
            frame=self._orders,
            fills_frame=self._rows,
            session=self.session,
            orders=OrderColumns(
                sign=np.where((self._orders["side"] == "BUY").to_numpy(dtype=bool), 1, -1).astype(np.int64),
                shares=self._shares,
                decision=start,
                arrival=self._arrival.price,
                has_arrival=self._arrival.known & self._decision.known,
                end=end.price.where(end.known, close.price),
                has_end=end.known | close.known,
            ),
            fills=self._fills,
            filled=self._filled,
            windows=self._windows(last),
            market=self._market,
            has_decision=self._decision.known,
            arrival=self._arrival,
            end=end,
            previous_close=self._of_day(days.close, before, has_before),
            open=opened,
            close=close,
            ended_at=self._ended,
            first_fill_at=self._first_fill,
            last_fill_at=self._last_fill,
        )
