"""The named suites: what prices, volumes, histories, the universe, targets and plans are expected to be."""

from collections.abc import Collection

from tasks.book.data import DataSettings
from tasks.book.quality import QualitySettings
from tasks.model.plan import Severity
from tasks.quality.expectations import Expectation

HALT, WARN, INFO = Severity.HALT, Severity.WARN, Severity.INFO
PRICES = ("open", "high", "low", "close")


def price_suite(symbols: Collection[str], offered: Collection[str]) -> list[Expectation]:
    """`offered` are the price columns in which the source has figures at all."""
    suite = [
        Expectation(
            "ExpectCompoundColumnsToBeUnique",
            HALT,
            "duplicated_bar",
            "Each symbol has one bar a session",
            {"column_list": ["session", "symbol"]},
        ),
        _in_set("symbol", symbols, WARN, "unknown_symbol", "Only symbols of the universe"),
        _flag("is_from_the_future", HALT, "look_ahead", "No bar is from the session to trade or later"),
        _flag("is_phantom_session", HALT, "phantom_session", "Every bar is of a session of the exchange"),
        _flag("is_copied_session", WARN, "copied_session", "No bar repeats the session before, volume included"),
        _flag("is_bad_print", HALT, "bad_print", "No large move comes back the next session"),
        _flag("is_staying_jump", WARN, "staying_jump", "A large move that stays is a spin-off, an action, or news"),
    ]
    for column in PRICES:
        if column in offered:
            suite += [_not_null(column, WARN, "missing_price", f"Every bar has its {column}"), _positive(column)]
    if {"high", "low"} <= set(offered):
        suite.append(_flag("is_inconsistent", WARN, "ohlc_inconsistent", "Low <= open, close <= high"))
        suite.append(_at_least("high", "low"))
    return suite


def volume_suite() -> list[Expectation]:
    """The rules on volumes, as Great Expectations shows them in Data Docs."""
    return [
        _not_null("volume", WARN, "missing_volume", "Every bar has its volume"),
        _between("volume", HALT, "impossible_volume", "No volume is negative", min_value=0, max_value=1e13),
        _between("volume", INFO, "zero_volume", "Every session has trades", min_value=0, strict_min=True),
        _flag("is_zero_volume_run", WARN, "zero_volume_run", "No run of sessions is without trades"),
    ]


def history_suite(quality: QualitySettings, data: DataSettings, known: Collection[str]) -> list[Expectation]:
    """The rules on look-back and freshness, a row a symbol."""
    return [
        _in_set("symbol", known, HALT, "unknown_symbol", "Every symbol is in the universe"),
        _between(
            "coverage_pct",
            HALT,
            "coverage",
            f"Prices for {data.min_coverage_pct:g} % of the look-back's {data.lookback_sessions} sessions",
            min_value=data.min_coverage_pct,
        ),
        _between(
            "age_sessions",
            HALT,
            "stale_last_price",
            f"The newest price is at most {data.max_age_sessions} sessions old",
            max_value=data.max_age_sessions,
        ),
        _between("missing_sessions", WARN, "missing_session", "No hole inside a history", max_value=0),
        _between(
            "longest_stale_run",
            WARN,
            "stale_run",
            f"Fewer than {quality.stale_run} equal closes in a row",
            max_value=quality.stale_run - 1,
        ),
        _between("blocking_findings", HALT, "blocking_finding", "No rule has a finding that halts", max_value=0),
    ]


def universe_suite(offered: Collection[str]) -> list[Expectation]:
    """`offered` are the optional columns in which something is known at all."""
    suite = [
        _not_null("symbol", HALT, "missing_symbol", "Every line names a symbol; fill it in"),
        Expectation(
            "ExpectColumnValuesToBeUnique",
            HALT,
            "duplicated_symbol",
            "Each symbol is named once; remove the second line",
            {"column": "symbol"},
        ),
    ]
    if "sector" in offered:
        suite.append(_not_null("sector", WARN, "missing_sector", "has no sector: sector limits do not count it"))
    if "esg_score" in offered:
        suite.append(_not_null("esg_score", WARN, "missing_esg_score", "has no ESG score: it counts as the average"))
    if "carbon_intensity" in offered:
        said = "Carbon intensity is in tonnes per million USD of revenue; correct it or leave it blank"
        suite.append(_between("carbon_intensity", HALT, "carbon_intensity_range", said, min_value=0, max_value=1e6))
        suite.append(_not_null("carbon_intensity", WARN, "missing_carbon_intensity", "has no carbon intensity"))
    return suite


def target_suite(symbols: Collection[str], weight: tuple[float, float], net: tuple[float, float]) -> list[Expectation]:
    """Bounds are (least, most) as fractions of net asset value."""
    return [
        _in_set("symbol", symbols, HALT, "unknown_symbol", "A target outside the universe; correct the objective"),
        Expectation(
            "ExpectColumnValuesToBeUnique", HALT, "duplicated_symbol", "One target a symbol", {"column": "symbol"}
        ),
        _not_null("weight", HALT, "missing_weight", "Every symbol has a target weight"),
        _between(
            "weight",
            HALT,
            "weight_range",
            f"Weights lie within {weight[0]:g} and {weight[1]:g}; nothing is traded on others",
            min_value=weight[0],
            max_value=weight[1],
        ),
        Expectation(
            "ExpectColumnSumToBeBetween",
            HALT,
            "net_weight",
            f"Weights add up to between {net[0]:g} and {net[1]:g}; nothing is traded on others",
            {"column": "weight", "min_value": net[0], "max_value": net[1]},
        ),
    ]


def plan_suite() -> list[Expectation]:
    """What every plan must be, however it was made; a line a symbol."""
    return [
        Expectation(
            "ExpectColumnValuesToBeUnique", HALT, "duplicated_symbol", "One line a symbol", {"column": "symbol"}
        ),
        _not_null("reason", HALT, "missing_reason", "Every trade and non-trade has its reason"),
        _in_set("side", ("BUY", "SELL", "-"), HALT, "unknown_side", "A line buys, sells, or does nothing"),
        _between("shares", HALT, "share_range", "Shares are not negative", min_value=0, max_value=1e12),
        _not_null("decision_price", HALT, "missing_price", "Every line has its decision price"),
        _between("decision_price", HALT, "impossible_price", "Prices are positive", min_value=0, strict_min=True),
        _flag(
            "has_shares_without_side", HALT, "trade_without_side", "What trades has a side, what does not has no shares"
        ),
        _flag("moves_away_from_target", WARN, "away_from_target", "A trade moves its weight towards the target"),
    ]


def _not_null(column: str, severity: Severity, check: str, sentence: str) -> Expectation:
    return Expectation("ExpectColumnValuesToNotBeNull", severity, check, sentence, {"column": column})


def _between(column: str, severity: Severity, check: str, sentence: str, **bounds: float | bool) -> Expectation:
    return Expectation("ExpectColumnValuesToBeBetween", severity, check, sentence, {"column": column, **bounds})


def _positive(column: str) -> Expectation:
    said = f"Every {column} is positive and finite"
    return _between(column, HALT, "impossible_price", said, min_value=0, max_value=1e9, strict_min=True)


def _at_least(column: str, other: str) -> Expectation:
    return Expectation(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        WARN,
        "ohlc_inconsistent",
        f"{column} >= {other}",
        {"column_A": column, "column_B": other, "or_equal": True, "ignore_row_if": "either_value_is_missing"},
    )


def _in_set(column: str, values: Collection[str], severity: Severity, check: str, sentence: str) -> Expectation:
    arguments = {"column": column, "value_set": sorted(values)}
    return Expectation("ExpectColumnValuesToBeInSet", severity, check, sentence, arguments)


def _flag(column: str, severity: Severity, check: str, sentence: str) -> Expectation:
    arguments = {"column": column, "value_set": [False]}
    return Expectation("ExpectColumnValuesToBeInSet", severity, check, sentence, arguments)
