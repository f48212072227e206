"""A real move can look like a wrong price: volume, neighbours, actions and a person's word tell them apart."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
import pytest
from quality_world import SESSION, SESSIONS, SYMBOLS, changed, clean_bars

from tasks.book.data import DataSettings
from tasks.book.quality import AcceptedMove, QualitySettings
from tasks.model.plan import Finding, Severity
from tasks.quality.rules import price_findings
from tasks.quality.rules.context import price_context
from tasks.quality.rules.news import actions_by_day

HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO
FALL = -20
"""Place of the session that falls; the one after it comes back."""
DAY = SESSIONS[FALL].date()


def times(bars: pd.DataFrame, symbol: str, places: Sequence[int], factor: float) -> pd.DataFrame:
    """The symbol's prices of these sessions multiplied."""
    scale = {name: lambda price: price * factor for name in ("open", "high", "low", "close")}
    return changed(bars, symbol, places, **scale)


def fallen(volume: float | None = None, factor: float = 0.6) -> pd.DataFrame:
    """AAA falls on DAY and comes back the session after."""
    bars = times(clean_bars(), "AAA", [FALL], factor)
    return bars if volume is None else changed(bars, "AAA", [FALL], volume=lambda shares: shares * volume)


def judged(
    bars: pd.DataFrame, actions: list[tuple] | None = None, accepted: tuple[AcceptedMove, ...] = ()
) -> list[Finding]:
    data = DataSettings(lookback_sessions=60, adjustment="split")
    by_day = actions_by_day(pd.DataFrame(actions or [], columns=["ex_date", "symbol", "kind", "value"]))
    settings = QualitySettings(accepted_moves=accepted)
    context = price_context(bars, SYMBOLS, SESSIONS, SESSION, settings, data, SYMBOLS, by_day)
    found = price_findings(bars, context)
    return [one for one in found if "move" in one.check or "jump" in one.check or one.check == "bad_print"]


def word(symbol: str = "AAA", session: date = DAY) -> AcceptedMove:
    return AcceptedMove(symbol=symbol, session=session, who="R. Keeper", because="fires; filing of the day")


def test_a_fall_that_comes_back_in_ordinary_volume_is_a_bad_print_and_the_finding_has_the_line_to_write():
    (finding,) = judged(fallen())
    assert (finding.severity, finding.check) == (HALT, "bad_print")
    line = f"quality: {{accepted_moves: [{{symbol: AAA, session: {DAY}, who: YOUR NAME, because: WHAT HAPPENED}}]}}"
    assert finding.message.endswith(f"if it is real, say so by name in the book: {line}")


def test_a_fall_that_comes_back_in_the_volume_of_news_is_real_however_old_it_is():
    (finding,) = judged(fallen(volume=12))
    assert (finding.severity, finding.check) == (WARN, "staying_jump")
    assert "real by its volume" in finding.message


def test_a_split_applied_for_one_session_is_no_news_although_it_multiplies_the_shares():
    (finding,) = judged(fallen(volume=4, factor=0.25))
    assert (finding.severity, finding.check) == (HALT, "bad_print")


def test_without_volumes_the_symbols_that_move_with_it_say_what_is_real():
    bars = clean_bars().assign(volume=np.nan)
    own = bars.loc[bars["symbol"] == "AAA", "close"].to_numpy()
    for seed, peer in enumerate(("BBB", "CCC", "DDD")):
        near = own * np.exp(np.random.default_rng(seed).normal(0, 0.002, len(own)))
        bars.loc[bars["symbol"] == peer, ["open", "high", "low", "close"]] = np.column_stack([near] * 4)
    alone = times(bars, "AAA", [FALL], 0.5)
    assert [one.check for one in judged(alone)] == ["bad_print"]
    together = alone
    for peer in ("BBB", "CCC", "DDD"):
        together = times(together, peer, [FALL], 0.9)
    assert [(one.check, one.severity) for one in judged(together)] == [("staying_jump", WARN)]


def test_a_person_can_say_that_a_move_is_real_and_the_name_stays_in_the_findings():
    (finding,) = judged(fallen(), accepted=(word(),))
    assert (finding.severity, finding.check) == (INFO, "accepted_move")
    assert "real by the word of R. Keeper: fires; filing of the day" in finding.message
    next_day = SESSIONS[FALL + 1].date()
    assert [one.check for one in judged(fallen(), accepted=(word(session=next_day),))] == ["accepted_move"]


@pytest.mark.parametrize("other", [word(symbol="BBB"), word(session=SESSIONS[-10].date())])
def test_a_word_about_another_symbol_or_day_frees_nothing_and_is_said_to_meet_nothing(other):
    found = judged(fallen(), accepted=(other,))
    assert {(one.check, one.severity) for one in found} == {("bad_print", HALT), ("accepted_move_unmet", WARN)}


def test_a_sixfold_that_a_person_knows_to_be_real_or_that_trades_like_news_does_not_block():
    up = times(clean_bars(), "AAA", list(range(FALL, 0)), 6.0)
    assert [(one.check, one.severity) for one in judged(up)] == [("staying_jump", HALT)]
    assert [one.check for one in judged(up, accepted=(word(),))] == ["accepted_move"]
    news = changed(up, "AAA", [FALL], volume=lambda shares: shares * 9)
    assert [(one.check, one.severity) for one in judged(news)] == [("staying_jump", WARN)]


@pytest.mark.parametrize("place", [-1, FALL])
def test_a_dividend_of_most_of_the_price_explains_its_jump(place):
    bars = clean_bars()
    before = bars.loc[(bars["symbol"] == "AAA") & (bars["session"] == SESSIONS[place - 1]), "close"].item()
    bars = times(bars, "AAA", list(range(place, 0)), 0.4)
    paid = round(0.6 * before, 2)
    (finding,) = judged(bars, [(SESSIONS[place], "AAA", "dividend", paid)])
    assert (finding.severity, finding.check) == (WARN, "explained_move")
    assert f"explained by a dividend of {paid:g} USD in the actions file" in finding.message
    assert [one.check for one in judged(bars, [(SESSIONS[place], "AAA", "dividend", 0.01)])] == ["staying_jump"]
