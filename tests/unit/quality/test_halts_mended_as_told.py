"""Whoever does what a halting finding says of prices has prices that halt for it no more: every way that it names."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from quality_world import SESSION, SESSIONS, SYMBOLS, changed, clean_bars, context_of, row, times

from tasks.model.plan import Severity
from tasks.quality.rules import price_findings

BARS = clean_bars()
OTHERS = SYMBOLS[1:]


@dataclass(frozen=True)
class Prices:
    """What a rule is shown: bars, the symbols that the book asks for, and its settings."""

    bars: pd.DataFrame
    symbols: tuple[str, ...] = SYMBOLS
    settings: dict[str, Any] = field(default_factory=dict)

    def halts(self) -> dict[str, str]:
        found = price_findings(self.bars, context_of(self.bars, self.symbols, **self.settings))
        return {finding.check: finding.message for finding in found if finding.severity is Severity.HALT}


def without(symbol: str, *places: int) -> pd.DataFrame:
    return BARS[~np.logical_or.reduce([row(BARS, symbol, place) for place in places])]


def more(bars: pd.DataFrame, **other: Any) -> pd.DataFrame:
    return pd.concat([BARS, bars.assign(**other)], ignore_index=True)


AAA = BARS["symbol"] == "AAA"
NEWEST = BARS["session"] == SESSIONS[-1]
YOUNG = BARS[~AAA | (BARS["session"] >= SESSIONS[-65])]
BAD_PRINT = changed(BARS, "AAA", [-10], close=times(1.9), high=times(1.9))
CASES: dict[str, tuple[str, Prices, dict[str, Prices]]] = {
    "an old price": (
        "stale_last_price",
        Prices(without("AAA", *range(-9, 0))),
        {"Download newer prices": Prices(BARS), "remove it if it no longer trades": Prices(BARS[~AAA], OTHERS)},
    ),
    "old prices of all": (
        "stale_last_price",
        Prices(BARS[BARS["session"] < SESSIONS[-9]]),
        {"Download newer prices": Prices(BARS)},
    ),
    "no price": (
        "no_prices",
        Prices(BARS.assign(symbol=BARS["symbol"].replace("AAA", "AAB"))),
        {"Check its spelling": Prices(BARS), "remove it from the universe": Prices(BARS[~AAA], OTHERS)},
    ),
    "a short history": (
        "coverage",
        Prices(YOUNG, settings={"lookback_sessions": 80}),
        {
            "Remove it": Prices(BARS[~AAA], OTHERS, {"lookback_sessions": 80}),
            "lower data.lookback_sessions": Prices(YOUNG, settings={"lookback_sessions": 60}),
        },
    ),
    "a frozen price": (
        "stale_run",
        Prices(changed(BARS, "AAA", range(-20, 0), open=50.0, high=50.0, low=50.0, close=50.0)),
        {"Download again": Prices(BARS), "exclude it": Prices(BARS[~AAA], OTHERS)},
    ),
    "a price below nothing": (
        "impossible_price",
        Prices(changed(BARS, "AAA", [-5], close=-1.0)),
        {"Correct or remove these rows": Prices(BARS), "remove": Prices(without("AAA", -5))},
    ),
    "a bad print": (
        "bad_print",
        Prices(BAD_PRINT),
        {
            "Correct or remove the row": Prices(without("AAA", -10)),
            "say so by name in the book": Prices(
                BAD_PRINT,
                settings={
                    "accepted_moves": [
                        {"symbol": "AAA", "session": SESSIONS[-10].date(), "who": "Ada", "because": "a takeover"}
                    ]
                },
            ),
        },
    ),
    "a row of the session to trade": (
        "look_ahead",
        Prices(more(BARS[NEWEST], session=pd.Timestamp(SESSION))),
        {"Download only up to the session before": Prices(BARS)},
    ),
    "a day without trading": (
        "phantom_session",
        Prices(more(BARS[NEWEST], session=pd.Timestamp("2021-05-29"))),
        {"Remove the rows": Prices(BARS)},
    ),
    "a session that nobody has": (
        "missing_session",
        Prices(BARS[BARS["session"] != SESSIONS[-5]]),
        {"Download or export it again": Prices(BARS)},
    ),
}
"""The check, prices that it halts, and by the words of each way what they are once that is done."""


@pytest.mark.parametrize("name", CASES)
def test_whoever_does_what_a_halting_finding_says_is_not_halted_for_it_again(name: str) -> None:
    check, broken, ways = CASES[name]
    said = broken.halts()
    assert check in said, said
    for words, mended in ways.items():
        assert words in said[check], said[check]
        assert check not in mended.halts(), f"{words}: {mended.halts()[check]}"
