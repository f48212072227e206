"""A figure in another unit than its name says stops the book at load, with what to write and how to mean it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from book_desk import SECTORS, SHORTEST, complaints, load
from pydantic import BaseModel

from flows.book_file.checks_units import JUDGED_WITH_THE_BOOK, OF_ANY_SIZE, QUESTIONED
from flows.book_file.schema import section_of
from tasks.book.model import Book

TRACK = "book: core\nuniverse: {symbols: [AAPL, MSFT, XOM, JNJ]}\nobjective: {kind: track, weights_file: w.csv}\n"
EXACT = "limits: {cash_reserve_pct: 0}\nrisk: {max_position_pct: 100, max_order_nav_pct: 100}\n"


def weights(folder: Path, **given: object) -> None:
    rows = "".join(f"{symbol},{weight}\n" for symbol, weight in given.items())
    (folder / "w.csv").write_text(f"symbol,weight_pct\n{rows}".replace("DOLLAR", "$"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("limits: {max_weight_pct: 0.08}", "write 8 if 8 % is meant"),
        ("limits: {max_gross_pct: 1}", "write 100 if 100 % is meant"),
        ("limits: {min_net_pct: 0.95, max_gross_pct: 100}", "write 95 if 95 % is meant"),
        ("limits: {cash_reserve_pct: 0.05}", "write 5 if 5 % is meant"),
        ("limits: {max_turnover_pct: 0.2}", "write 20 if 20 % is meant"),
        ("drift: {absolute_band_pct: 0.05}", "write 5 if 5 % is meant"),
        ("drift: {relative_band_pct: 0.25}", "write 25 if 25 % is meant"),
        ("risk: {max_order_nav_pct: 0.25}", "write 25 if 25 % is meant"),
        ("risk: {breakers: {drawdown: {max_pct: 0.2}}}", "write 20 if 20 % is meant"),
        ("approval: {price_band_pct: 0.05}", "write 5 if 5 % is meant"),
        ("data: {min_coverage_pct: 0.95}", "write 95 if 95 % is meant"),
        ("costs: {half_spread_bps: 0.02}", "that is 0.02 basis points, 0.0002 %; write 2 if 0.02 % is meant"),
        ("costs: {assumed_adv_usd: 500}", "that is 500 US dollars; write dollars, not thousands or millions"),
        ("orders: {fee_per_share_usd: 0.35}", "write dollars, not cents"),
        ("broker: {simulated: {daily_volatility_pct: 0.015}}", "write 1.5 if 1.5 % is meant"),
    ],
)
def test_a_figure_in_another_unit_is_questioned_with_what_to_write_and_confirmed_by_its_name(
    tmp_path: Path, line: str, said: str
) -> None:
    (told,) = complaints(tmp_path, SHORTEST + line + "\n")
    assert told.startswith("x.yaml:4: ")
    assert said in told
    name = told.split(": ")[1].split(" =")[0]
    assert told.endswith(f"add to the book: confirm: [{name}]")
    assert load(tmp_path, SHORTEST + line + f"\nconfirm: [{name}]\n").book.confirm == (name,)


def test_a_sector_bound_is_questioned_too(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, SECTORS + "limits: {sectors: {Energy: {max_pct: 0.3}}}\n")
    assert "limits.sectors.Energy.max_pct = 0.3" in told
    assert "write 30 if 30 % is meant" in told


def test_a_cap_below_one_percent_suits_a_book_of_hundreds_of_names(tmp_path: Path) -> None:
    names = ", ".join(f"A{number}" for number in range(460))
    book = f"book: core\nuniverse: {{symbols: [{names}]}}\nobjective: {{kind: risk_parity}}\n"
    assert load(tmp_path, book + "limits: {max_weight_pct: 0.5}\n").book.limits.max_weight_pct == 0.5


def test_a_setting_that_does_not_exist_cannot_be_confirmed(tmp_path: Path) -> None:
    (told,) = complaints(tmp_path, SHORTEST + "confirm: [limits.max_wait_pct]\n")
    assert 'confirm[1] = "limits.max_wait_pct": there is no such setting' in told


@pytest.mark.parametrize(("last", "sum_told"), [(0.25, "1 %"), (0.24, "0.99 %")])
def test_weights_written_as_fractions_are_questioned_at_load(tmp_path: Path, last: float, sum_told: str) -> None:
    weights(tmp_path, AAPL=0.25, MSFT=0.25, XOM=0.25, JNJ=last)
    (told,) = complaints(tmp_path, TRACK + EXACT)
    assert f"look like fractions: they add up to {sum_told}" in told
    assert "write 25 for AAPL's 0.25" in told
    assert load(tmp_path, TRACK + EXACT + "confirm: [objective.weights_file]\n")


def test_weights_in_the_book_itself_are_questioned_as_those_of_a_file(tmp_path: Path) -> None:
    book = TRACK.replace("weights_file: w.csv", "weights_pct: {AAPL: 0.5, MSFT: 0.49}")
    (told,) = complaints(tmp_path, book)
    assert told.startswith("x.yaml:3: objective.weights_pct: the weights look like fractions")


def test_weights_half_in_percent_and_half_in_fractions_are_questioned(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=25, MSFT=25, XOM=0.25, JNJ=0.25)
    (told,) = complaints(tmp_path, TRACK + EXACT)
    assert "2 weights below 1 look like fractions: as percents they would make 100 % with the others" in told


def test_small_weights_of_a_book_that_is_filled_are_no_doubt(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=49.5, MSFT=49.5, XOM=0.5, JNJ=0.5)
    assert load(tmp_path, TRACK + EXACT).warnings == ()


@pytest.mark.parametrize("heaviest", [26, 29, 34.37])
def test_weights_above_the_whole_book_are_refused_once_and_fit_when_scaled_by_the_factor_told(
    tmp_path: Path, heaviest: float
) -> None:
    given = {"AAPL": heaviest, "MSFT": 25, "XOM": 25, "JNJ": 25}
    weights(tmp_path, **given)
    (told,) = complaints(tmp_path, TRACK + EXACT)
    assert f"the weights add up to {75 + heaviest:g} %" in told
    scaled = re.search(r"scale them to 100 % \(each times ([\d.]+)\)", told)
    assert scaled
    weights(tmp_path, **{name: round(weight * float(scaled[1]), 4) for name, weight in given.items()})
    (said,) = load(tmp_path, TRACK + EXACT).warnings
    assert "less than there is room for; what they leave stays cash" in said


def test_weights_that_nearly_fill_the_book_are_taken_and_the_rest_is_said_to_stay_cash(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=25, MSFT=25, XOM=25, JNJ=24.9)
    (said,) = load(tmp_path, TRACK + EXACT).warnings
    assert "the weights add up to 99.9 %, 0.1 % less than there is room for; what they leave stays cash" in said


@pytest.mark.parametrize("name", ["CASH", "Cash", "cash", "DOLLAR", "USD"])
def test_a_row_of_cash_is_understood_under_its_usual_names(tmp_path: Path, name: str) -> None:
    weights(tmp_path, AAPL=25, MSFT=25, XOM=25, JNJ=20, **{name: 5})
    assert load(tmp_path, TRACK + EXACT).warnings == ()


def test_a_row_of_cash_that_does_not_fill_the_book_is_refused(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=25, MSFT=25, XOM=25, JNJ=10, CASH=25)
    (told,) = complaints(tmp_path, TRACK + EXACT)
    assert "with 25 % of cash the weights add up to 110 %" in told


def test_a_fund_called_usd_is_the_fund_where_the_universe_lists_it(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=50, USD=50)
    assert load(tmp_path, TRACK.replace("XOM, JNJ", "USD") + EXACT).warnings == ()


def test_cash_in_a_universe_is_no_symbol(tmp_path: Path) -> None:
    weights(tmp_path, AAPL=50, MSFT=45, CASH=5)
    assert load(tmp_path, TRACK.replace("XOM, JNJ", "CASH, Cash") + EXACT).warnings == ()


def test_a_percent_sign_in_a_weights_file_says_the_unit(tmp_path: Path) -> None:
    weights(tmp_path, AAPL="25%", MSFT="25 %", XOM="25%", JNJ="25%")
    assert load(tmp_path, TRACK + EXACT).warnings == ()


def test_scores_on_another_scale_than_their_limit_are_questioned(tmp_path: Path) -> None:
    """The universe scores from 40 to 80, and its intensities from 5 to 600 tonnes per million."""
    told = complaints(tmp_path, SECTORS + "limits: {min_esg_score: 0.6, max_carbon_intensity: 90000}\n")
    assert "the least score of the universe is 40, so the limit never binds" in told[1]
    assert "the greatest intensity of the universe is 600, so the limit never binds" in told[0]


def test_views_on_returns_as_fractions_are_questioned(tmp_path: Path) -> None:
    book = SHORTEST.replace(
        "kind: risk_parity", "kind: mean_variance, expected_return: {kind: given, yearly_pct: {AAPL: 0.06}}"
    )
    (told,) = complaints(tmp_path, book)
    assert "write 6 for 6 % a year" in told


def test_every_figure_with_a_unit_is_questioned_or_says_why_not() -> None:
    """A new setting in percent, basis points or dollars is not finished without its plausible range."""
    decided = set(QUESTIONED) | set(OF_ANY_SIZE) | JUDGED_WITH_THE_BOOK | {"broker.routes.*.to"}
    assert {name for name in _units(Book) if name not in decided} == set()


def test_no_default_is_questioned() -> None:
    for name, default in _defaults(Book):
        plausible = QUESTIONED.get(name)
        if plausible is not None and default:
            assert plausible.least <= abs(default) <= plausible.most, name


def _units(section: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, info in section.model_fields.items():
        inner, item = section_of(info.annotation), None
        if inner is None:
            item = next((a for a in getattr(info.annotation, "__args__", ()) if section_of(a)), None)
        if inner or item:
            yield from _units(inner or item, f"{above}{name}." + ("*." if item else ""))  # type: ignore[arg-type]
        elif any(f"_{unit}" in name for unit in ("pct", "bps", "usd")):
            yield above + name


def _defaults(section: type[BaseModel], above: str = "") -> Iterator[tuple[str, float]]:
    for name, info in section.model_fields.items():
        inner = section_of(info.annotation)
        if inner:
            yield from _defaults(inner, f"{above}{name}.")
        elif isinstance(info.default, int | float | Decimal) and not isinstance(info.default, bool):
            yield above + name, float(info.default)
