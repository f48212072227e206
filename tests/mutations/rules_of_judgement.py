"""Broken rules of judgement: what trading cost, when to trade at all, when to stop, and which prices to believe."""

from tests.mutations.catch import RuleMutation

JUDGEMENT: tuple[RuleMutation, ...] = (
    RuleMutation(
        "a dear sale is a gain",
        "tasks.tca.shortfall",
        (("trading_usd=sign * (trade.filled_value_usd", "trading_usd=abs(sign) * (trade.filled_value_usd"),),
        "tests/unit/tca/test_shortfall.py::test_a_mirrored_sell_costs_what_the_buy_does",
    ),
    RuleMutation(
        "what was not traded costs nothing",
        "tasks.tca.shortfall",
        (
            (
                "return trade.side.sign * trade.unfilled_shares * (trade.end_price - reference)",
                "return Decimal(0) * reference",
            ),
        ),
        "tests/unit/tca/test_shortfall.py::test_the_parts_are_the_paper_return_less_the_actual_one",
    ),
    RuleMutation(
        "fees are no cost",
        "tasks.tca.shortfall",
        (("fees_usd=trade.fees_usd,", "fees_usd=Decimal(0),"),),
        "tests/unit/tca/test_shortfall.py::test_the_parts_are_the_paper_return_less_the_actual_one",
    ),
    RuleMutation(
        "a benchmark cost has the buyer's sign on both sides",
        "tasks.tca.benchmarks",
        (
            (
                "return side.sign * (average - benchmark) / benchmark * BPS",
                "return (average - benchmark) / benchmark * BPS",
            ),
        ),
        "tests/unit/tca/test_benchmarks.py::test_a_buyers_cost_is_a_sellers_gain",
    ),
    RuleMutation(
        "a crossed quote counts as a spread",
        "tasks.tca.quoted_fills",
        (("if quote.bid > quote.ask:", "if False:"),),
        "tests/unit/tca/test_spread_lines.py::test_locked_crossed_stale_and_missing_quotes_are_counted_and_left_out",
    ),
    RuleMutation(
        "a drift equal to its band stays inside",
        "tasks.drift.bands",
        (("abs(drift) >= rule.absolute_band_pct / 100 - EDGE", "abs(drift) > rule.absolute_band_pct / 100 + EDGE"),),
        "tests/unit/drift/test_drift_decision.py::test_a_drift_equal_to_its_band_fires_and_a_smaller_one_does_not",
    ),
    RuleMutation(
        "a relative band is measured on the whole book",
        "tasks.drift.bands",
        (
            (
                "abs(drift) >= abs(target) * rule.relative_band_pct / 100 - EDGE",
                "abs(drift) >= rule.relative_band_pct / 100 - EDGE",
            ),
        ),
        "tests/unit/drift/test_drift_decision.py::test_a_relative_band_is_measured_on_the_target",
    ),
    RuleMutation(
        "a holiday's rebalance is forgotten",
        "tasks.drift.calendar_rule",
        (("for i in range(closed))", "for i in range(1))"),),
        "tests/unit/drift/test_drift_calendar.py::test_a_monday_holiday_is_traded_on_the_friday_before",
    ),
    RuleMutation(
        "a loss above its limit trips nothing",
        "tasks.risk.breakers",
        (("loss is None or loss <= limit", "loss is None or -loss <= limit"),),
        "tests/unit/risk/test_breakers.py::test_at_its_limit_a_breaker_holds_and_just_above_it_trips",
    ),
    RuleMutation(
        "slippage is judged without the estimate",
        "tasks.risk.breakers",
        (("(figures.cost_usd - figures.estimated_usd) / traded", "figures.cost_usd / traded"),),
        "tests/unit/risk/test_breakers.py::test_at_its_limit_a_breaker_holds_and_just_above_it_trips",
    ),
    RuleMutation(
        "the session to trade may be seen before it is traded",
        "tasks.quality.rules.sessions",
        (('frame["session"] >= pd.Timestamp(context.session)', 'frame["session"] > pd.Timestamp(context.session)'),),
        "tests/unit/quality/test_price_rules.py::test_a_row_of_the_session_to_trade_is_look_ahead",
    ),
    RuleMutation(
        "a spike that comes back is news",
        "tasks.quality.rules.moves",
        (("return move * back < 0 and", "return move * back > 0 and"),),
        "tests/unit/quality/test_price_rules.py::test_a_move_that_comes_back_is_a_bad_print_and_halts",
    ),
    RuleMutation(
        "a price of zero is a price",
        "tasks.quality.rules.bars",
        (("(np.nan_to_num(grid, nan=1.0) <= 0)", "(np.nan_to_num(grid, nan=1.0) < 0)"),),
        "tests/unit/quality/test_price_rules.py::test_a_price_that_cannot_be_one_halts_in_the_lookback",
    ),
    RuleMutation(
        "a newest close outside its range is believed",
        "tasks.quality.rules.bars",
        (('newest[-1:] = cells[-1:] & _outside(context, "close")[-1:]', "newest[-1:] = False"),),
        "tests/unit/quality/test_price_rules.py::test_the_newest_close_outside_its_range_halts",
    ),
)
