"""Reads a cycle's snapshot back, as the decision sees it: adjusted to the session, nothing from it or later."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from tasks.context import StepContext
from tasks.market_data.corporate_actions import adjust
from tasks.market_data.frames import first_session, symbols_in
from tasks.market_data.kept_bars import kept_bars

PRICE_PLACES = Decimal("0.0001")


def prices_of(context: StepContext) -> pd.DataFrame:
    """Daily bars of the snapshot without the rows the checks had removed, on the session's price basis.

    Raises: BadDataError when the snapshot on disk is not the one that was recorded, nor can be had again.
    """
    return on_session_basis(context, kept_bars(context))


def on_session_basis(context: StepContext, frame: pd.DataFrame) -> pd.DataFrame:
    """Daily bars adjusted to the session, where their source does not adjust them itself."""
    if frame.empty:
        return frame
    actions = context.source.corporate_actions(symbols_in(frame), first_session(frame), context.session)
    return adjust(frame, actions, context.session) if context.source.adjustment == "raw" else frame


def decision_prices(frame: pd.DataFrame, symbols: Sequence[str]) -> dict[str, Decimal]:
    """Last known close of each symbol, USD, to four places; a symbol without one is absent."""
    wanted = frame["symbol"].isin(list(symbols)) & frame["close"].notna()
    last = frame.loc[wanted].sort_values(by="session").groupby("symbol")["close"].last()
    return {str(symbol): Decimal(str(price)).quantize(PRICE_PLACES) for symbol, price in last.items()}
