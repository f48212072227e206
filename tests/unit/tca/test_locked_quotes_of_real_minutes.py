"""Real quotes at the ends of minutes: those that are locked give no spread, and are counted."""

import pandas as pd
import pytest
from real_ticks import folder
from tca_desk import fill, order, seen

from tasks.tca.quoted_fills import quoted_fills
from tasks.tca.spread_lines import spread_line


@pytest.mark.parametrize(("symbol", "locked"), [("BAC", 75), ("AIG", 8)])
def test_a_fill_at_a_locked_quote_is_in_no_spread_and_is_counted(symbol, locked):
    """One share at the ask of every minute of six days: E/Q is 1 over the quotes that have a spread."""
    names = ["symbol", "bid_close", "ask_close"]
    quotes = pd.read_parquet(folder() / "minute/lean_minute_trades_quotes.parquet", columns=names)
    quotes = quotes[quotes["symbol"] == symbol].dropna()
    fills = tuple(fill(n, 1, ask, symbol=symbol) for n, ask in enumerate(quotes["ask_close"]))
    pairs = zip(fills, quotes["bid_close"], quotes["ask_close"], strict=True)
    known = tuple(seen(one, str(bid), str(ask)) for one, bid, ask in pairs)
    one = order(shares=len(fills), symbol=symbol, fills=fills, quotes=known)
    line = spread_line(symbol, [(one, quoted_fills(one))])
    assert (line.fills, line.locked, line.crossed, line.used) == (len(quotes), locked, 0, len(quotes) - locked)
    assert (line.effective_over_quoted, line.spread_capture) == (1, 0)
