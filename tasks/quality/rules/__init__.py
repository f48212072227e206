"""The price rules, in the order they are told: each takes (frame, context) and returns findings."""

from collections.abc import Callable

import pandas as pd

from tasks.model.plan import Finding
from tasks.quality.rules.bars import (
    every_price_can_be_a_price,
    every_price_is_there,
    every_volume_can_be_a_volume,
    every_volume_is_there,
    no_run_of_sessions_without_trades,
    open_and_close_lie_within_the_range,
)
from tasks.quality.rules.context import PriceContext
from tasks.quality.rules.history import (
    every_history_fills_the_lookback,
    every_symbol_covers_the_lookback,
    every_symbol_has_a_fresh_price,
    every_symbol_is_known,
    no_close_is_stale,
)
from tasks.quality.rules.moves import accepted_moves_are_there, jumps_that_stay_are_explained, no_jump_comes_back
from tasks.quality.rules.sessions import (
    every_bar_is_there_once,
    every_session_is_there,
    no_phantom_sessions,
    no_session_repeats_the_one_before,
    nothing_from_the_session_or_later,
)

Rule = Callable[[pd.DataFrame, PriceContext], list[Finding]]

PRICE_RULES: tuple[Rule, ...] = (
    nothing_from_the_session_or_later,
    every_symbol_is_known,
    every_symbol_has_a_fresh_price,
    every_symbol_covers_the_lookback,
    every_history_fills_the_lookback,
    no_phantom_sessions,
    every_session_is_there,
    every_bar_is_there_once,
    no_session_repeats_the_one_before,
    every_price_is_there,
    every_price_can_be_a_price,
    open_and_close_lie_within_the_range,
    no_jump_comes_back,
    jumps_that_stay_are_explained,
    accepted_moves_are_there,
    no_close_is_stale,
    every_volume_can_be_a_volume,
    every_volume_is_there,
    no_run_of_sessions_without_trades,
)


def price_findings(frame: pd.DataFrame, context: PriceContext) -> list[Finding]:
    """What every rule has to say, in their order."""
    return [finding for rule in PRICE_RULES for finding in rule(frame, context)]
