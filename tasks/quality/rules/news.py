"""What tells a real move from a wrong price: volume, neighbours, an action on file, or a person's word. Pure."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from tasks.book.quality import AcceptedMove
from tasks.quality.rules.context import Action, Floats, PriceContext

NEWS_VOLUME = 3.0
"""Real news trades at least three times the usual (median of 21 sessions) volume."""
NEWS_DOLLARS = 2.0
"""And twice the usual dollars: a split applied for a session multiplies shares, not dollars."""
NEWS_WINDOW = 21
PEERS = 3
PEER_WINDOW = 120
LEAST_CORRELATION = 0.4
PEER_SIGMAS = 3.0
"""So many of their own standard deviations the nearest symbols move the same way when there is news for all of them."""


def actions_by_day(table: pd.DataFrame) -> dict[tuple[str, date], Action]:
    """By symbol and ex-date, from ACTION_COLUMNS; the larger where there are two."""
    found: dict[tuple[str, date], Action] = {}
    for row in table.sort_values(by="value").to_dict("records"):
        found[str(row["symbol"]), pd.Timestamp(row["ex_date"]).date()] = Action(str(row["kind"]), float(row["value"]))
    return found


def explaining_action(context: PriceContext, symbol: str, row: int, before: float, close: float) -> Action | None:
    """The action of that day that leaves no large move, or None."""
    action = context.actions.get((symbol, context.sessions[row].date()))
    if action is None or abs(action.left_of(before, close)) > context.quality.jump_pct / 100:
        return None
    return action


def accepted_move(context: PriceContext, symbol: str, rows: Sequence[int]) -> AcceptedMove | None:
    """A person's word that the move on one of these rows is real."""
    days = {context.sessions[row].date() for row in rows}
    return next((one for one in context.quality.accepted_moves if one.symbol == symbol and one.session in days), None)


def is_news(context: PriceContext, row: int, column: int) -> bool:
    """Whether volume, or without volumes the symbols that usually move with it, say that the move is real."""
    volume = context.grids["volume"]
    if np.isfinite(volume[: row + 1, column]).any():
        dollars = volume * context.closes
        return _times(volume[: row + 1, column]) >= NEWS_VOLUME and _times(dollars[: row + 1, column]) >= NEWS_DOLLARS
    return _peers_moved(context, row, column)


def is_quiet(context: PriceContext, row: int, column: int) -> bool:
    """Whether the volume is known and not that of news; a source without volumes cannot say."""
    times = _times(context.grids["volume"][: row + 1, column])
    return bool(np.isfinite(times)) and times < NEWS_VOLUME


def quiet_symbols(frame: pd.DataFrame, sessions: int) -> frozenset[str]:
    """Of daily bars, those whose volume in the last sessions is known, and in none of them that of news."""
    quiet: list[str] = []
    for symbol, bars in frame.sort_values("session").groupby("symbol"):
        volumes = bars["volume"].to_numpy(dtype=float, na_value=np.nan)
        places = range(max(1, len(volumes) - sessions), len(volumes))
        times = np.array([_times(volumes[: place + 1]) for place in places])
        if len(times) and (times < NEWS_VOLUME).all():
            quiet.append(str(symbol))
    return frozenset(quiet)


def _times(values: Floats) -> float:
    """The newest against the median of the sessions before it; NaN where either is not known."""
    usual = values[-1 - NEWS_WINDOW : -1]
    usual = usual[np.isfinite(usual)]
    if not len(usual) or np.median(usual) <= 0:
        return float("nan")
    return float(values[-1] / np.median(usual))


def _peers_moved(context: PriceContext, row: int, column: int) -> bool:
    with np.errstate(invalid="ignore"):
        moves = np.diff(np.log(context.filled[max(0, row - PEER_WINDOW) : row + 1]), axis=0)
    before, today = moves[:-1], moves[-1]
    if len(before) < NEWS_WINDOW or not np.isfinite(before[:, column]).all() or not before[:, column].std():
        return False
    known = np.isfinite(moves).all(axis=0) & (before.std(axis=0) > 0)
    known[column] = False
    places = np.flatnonzero(known)
    alike = np.array([np.corrcoef(before[:, column], before[:, place])[0, 1] for place in places])
    nearest = places[np.argsort(-alike)][:PEERS]
    if len(nearest) < PEERS or np.sort(alike)[-PEERS] < LEAST_CORRELATION:
        return False
    sigmas = today[nearest] / before[:, nearest].std(axis=0)
    return bool(np.median(sigmas * np.sign(today[column])) >= PEER_SIGMAS)


def line_to_accept(symbol: str, day: str) -> str:
    """What a person writes into the book to say that a move is real."""
    return (
        f"quality: {{accepted_moves: [{{symbol: {symbol}, session: {day}, who: YOUR NAME, because: WHAT HAPPENED}}]}}"
    )
