"""A source that rewrites its history is found out, and what would have been decided is told and answered for."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from flows import bootstrap
from flows.commands.restatements import watch_restatements
from flows.commands.sign_off import dispose_point, show_exceptions, sign_report
from flows.outcome import ended
from tasks.errors import ConfigError, NotSignedError
from tasks.journal import open_journal
from tasks.market_data import calendar
from tests.simulation.early_steps import STEPS

WHO, WHY = "Grace Hopper", "told by the vendor's notice"
SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
BOOK = """
book: told
mode: full_auto
broker:
  account: told
  simulated: {opening_cash_usd: 50000, opening_shares: {AAA: 400, BBB: 300}}
universe: {symbols: [AAA, BBB, CCC, DDD]}
data: {source: files, daily_path: prices.csv, adjustment: split, lookback_sessions: 60}
objective: {kind: minimum_variance}
limits: {cash_reserve_pct: 1, max_weight_pct: 60, min_net_pct: 95}
drift: {calendar: daily}
execution: {waves: 2, child_order: market, algorithm: twap}
risk: {max_order_nav_pct: 100, max_position_pct: 100}
approval: {price_band_pct: 20}
"""


def made_up() -> pd.DataFrame:
    """Daily bars of four symbols with volumes, 2021-01-04 to 2021-06-30."""
    sessions = calendar.sessions_between(pd.Timestamp("2021-01-04").date(), pd.Timestamp("2021-06-30").date())
    random = np.random.default_rng(3)
    tables = []
    for number, symbol in enumerate(SYMBOLS):
        close = (50 * np.exp(np.cumsum(random.normal(0, 0.006 + 0.003 * number, len(sessions))))).round(3)
        volume = random.integers(700_000, 1_100_000, len(sessions)).astype(float)
        figures = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": volume}
        tables.append(pd.DataFrame({"session": sessions, "symbol": symbol, **figures}))
    return pd.concat(tables).sort_values(["session", "symbol"], ignore_index=True)


Edit = Callable[[pd.DataFrame], pd.DataFrame]


class Desk:
    """A book on a price file of its own, worked one session."""

    def __init__(self, folder: Path, book: str = BOOK) -> None:
        self.folder, self.book = folder, folder / "told.yaml"
        self.book.write_text(book)
        made_up().to_csv(folder / "prices.csv", index=False)
        with bootstrap.open_context(self.book, None, None) as desk, ended(desk):
            for step in STEPS.values():
                step(desk)
        self.cycle, self.report = desk.cycle, desk.report_folder

    def rewrite(self, edit: Edit) -> None:
        edit(made_up()).to_csv(self.folder / "prices.csv", index=False)

    def watch(self, **asked: Any) -> dict[str, Any]:
        return watch_restatements("told", None, every=asked.get("every", False), as_json=True)

    def look(self) -> dict[str, Any]:
        [one] = self.watch()["sessions"]
        return one


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(folder / "home"))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        yield Desk(folder)


def times(symbol: str, place: int | slice, **by: float) -> Edit:
    """A file in which these rows of a symbol have figures multiplied by factors."""

    def edit(bars: pd.DataFrame) -> pd.DataFrame:
        rows = bars.index[bars["symbol"] == symbol][place]
        for name, factor in by.items():
            bars.loc[rows, name] *= factor
        return bars

    return edit


def files(report: Path) -> dict[str, bytes]:
    """The report's own: review.html is none of them."""
    return {path.name: path.read_bytes() for path in report.iterdir() if path.is_file() and path.name != "review.html"}


def without(symbol: str, place: int) -> Edit:
    return lambda bars: bars.drop(bars.index[bars["symbol"] == symbol][place])


LAST = -2
"""Of a symbol's rows: the close before the session; the file ends with the session's own."""
ALL = slice(None)


def test_nothing_is_told_when_nothing_changed(desk: Desk) -> None:
    desk.rewrite(lambda bars: bars)
    told = desk.watch(every=True)
    assert (told["restated"], told["exit_status"]) == (0, 0)
    assert [(one["error"], one["new"]) for one in told["sessions"]] == [("", False)]


def test_what_a_session_could_not_know_is_no_restatement(desk: Desk) -> None:
    """The bar of the session itself, and what lies before its look-back, are not what it was decided on."""
    desk.rewrite(lambda bars: times("AAA", 0, close=1.1, high=1.1)(times("AAA", -1, close=1.2, high=1.2)(bars)))
    assert desk.watch()["restated"] == 0


def test_one_close_is_told_with_what_it_would_have_changed(desk: Desk) -> None:
    desk.rewrite(times("BBB", LAST, close=1.1, high=1.1))
    one = desk.look()
    assert [(change["symbol"], change["field"], change["session"]) for change in one["changes"]] == [
        ("BBB", "high", "2021-06-29"),
        ("BBB", "close", "2021-06-29"),
    ]
    close = one["changes"][1]
    assert close["now"] == pytest.approx(1.1 * close["was"])
    gained = Decimal(one["nav_usd"][1]) - Decimal(one["nav_usd"][0])
    assert gained == pytest.approx(300 * Decimal(str(close["now"] - close["was"])), abs=Decimal("0.05")), "300 BBB held"
    targets = {row["symbol"]: row for row in one["targets"]}
    assert targets["BBB"]["now"] < targets["BBB"]["was"], "a leap of a tenth makes it the riskier one"
    nav = float(one["nav_usd"][1])
    for row in one["targets"]:
        assert float(row["difference_usd"]) == pytest.approx((row["now"] - row["was"]) * nav, abs=0.01)
    assert one["cost_usd"][0] != one["cost_usd"][1]
    total = sum(abs(Decimal(row["difference_usd"])) for row in one["orders"])
    assert f"{len(one['orders'])} orders would be different, by ${total:,.2f} in all" in one["sentence"]
    assert one["off_record"] < 1e-9, "the bars of then give the targets on record"


def test_before_is_what_the_plan_on_record_has(desk: Desk) -> None:
    """The plan was let through whole by the gate, so the orders decided again on the old bars are its own."""
    desk.rewrite(times("BBB", LAST, close=1.1, high=1.1))
    plan = json.loads((desk.report / "report.json").read_text())["plan"]
    signs = {"BUY": 1, "SELL": -1, None: 0}
    planned = {line["symbol"]: signs[line["side"]] * Decimal(line["shares"]) for line in plan["lines"]}
    orders = {row["symbol"]: Decimal(row["was"]) for row in desk.look()["orders"]}
    assert orders
    assert orders == {symbol: planned[symbol] for symbol in orders}


def test_a_later_split_scales_everything_and_changes_no_decision(desk: Desk) -> None:
    prices = dict.fromkeys(("open", "high", "low", "close"), 0.5)
    desk.rewrite(times("BBB", ALL, **prices, volume=2.0))
    one = desk.look()
    assert one["scaled"] == {"BBB": pytest.approx(0.5)}
    assert one["values"] == 61 * 5, "every value of every session of the look-back is another"
    assert (one["orders"], one["targets"]) == ([], [])
    assert one["nav_usd"][0] == one["nav_usd"][1], "the shares that were held then were worth what they were"
    assert "All closes are scaled (BBB by 0.5)" in one["sentence"]
    assert one["cost_usd"][0] == one["cost_usd"][1], "volumes are taken back too"


def test_a_split_that_one_old_row_was_left_out_of_is_no_mere_scaling(desk: Desk) -> None:
    desk.rewrite(lambda bars: times("BBB", -30, close=2.0, high=2.0)(times("BBB", ALL, close=0.5, low=0.5)(bars)))
    one = desk.look()
    assert one["scaled"] == {}
    assert one["orders"], "its returns are others"


def test_a_row_that_vanished_is_named(desk: Desk) -> None:
    desk.rewrite(without("CCC", -20))
    [change] = desk.look()["changes"]
    assert (change["symbol"], change["field"], change["now"]) == ("CCC", "row", None)
    assert change["was"] > 0


def test_a_symbol_that_is_gone_altogether_is_decided_without(desk: Desk) -> None:
    desk.rewrite(lambda bars: bars[bars["symbol"] != "DDD"])
    one = desk.look()
    assert one["error"] == ""
    assert {change["symbol"] for change in one["changes"]} == {"DDD"}
    assert all(row["now"] == 0 for row in one["targets"] if row["symbol"] == "DDD")


def test_the_same_restatement_goes_on_record_once(desk: Desk) -> None:
    desk.rewrite(times("CCC", LAST, volume=3.0))
    first, second = desk.look(), desk.look()
    assert (first["new"], second["new"]) == (True, False)
    assert first["found_at"] == second["found_at"]
    kept = desk.folder / "home" / "snapshots" / f"{first['restated_sha256']}.parquet"
    assert kept.is_file(), "what the source says now is kept as evidence"


def test_a_signed_report_stays_and_what_is_found_later_is_answered_for_by_name(desk: Desk) -> None:
    """Signed first; the restatement stands beside it as a point of its own, until a person says what it came to."""
    for point in show_exceptions("told", None, as_json=True)["points"]:
        dispose_point("told", None, point["key"], "explained", WHO, WHY, as_json=True, kind="rebalance")
    sign_report("told", None, "accepted", WHO, WHY, as_json=True, kind="rebalance")
    before = files(desk.report)
    desk.rewrite(times("AAA", LAST, close=0.97, low=0.97))
    one = desk.look()
    after = files(desk.report)
    assert after == before, "byte for byte"

    told = show_exceptions("told", None, as_json=True)
    [point] = [point for point in told["points"] if point["disposition"] is None]
    assert (told["signed"], told["open"], point["kind"]) == (True, 1, "restatement")
    assert point["sentence"] == one["sentence"]
    assert one["sentence"] in unescape((desk.report / "review.html").read_text())
    [other] = [p["key"] for p in told["points"] if p["kind"] != "restatement"][:1] or [None]
    if other:
        with pytest.raises(NotSignedError, match="stays as it is"):
            dispose_point("told", None, other, "explained", WHO, WHY, as_json=True, kind="rebalance")
    told = dispose_point("told", None, point["key"], "accepted", WHO, WHY, as_json=True, kind="rebalance")
    assert (told["open"], told["signed"]) == (0, True)
    assert files(desk.report) == before
    journal = open_journal(desk.folder / "home")
    assert journal.reviews.of(desk.cycle.cycle_id)[-1].report_sha256 == one["restated_sha256"]
    assert journal.audit.verify() == ()
    journal.close()


def test_before_the_signature_a_restatement_blocks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STEELYARD_REGISTER", str(tmp_path / "journals.jsonl"))
    other = Desk(tmp_path)
    other.rewrite(times("AAA", LAST, close=0.97, low=0.97))
    other.look()
    for point in show_exceptions("told", None, as_json=True)["points"]:
        if point["kind"] != "restatement":
            dispose_point("told", None, point["key"], "explained", WHO, WHY, as_json=True, kind="rebalance")
    with pytest.raises(NotSignedError, match=r"1 of .* points are open"):
        sign_report("told", None, "accepted", WHO, WHY, as_json=True, kind="rebalance")


def test_inside_its_bands_a_book_would_have_sent_nothing_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("STEELYARD_REGISTER", str(tmp_path / "journals.jsonl"))
    calm = Desk(tmp_path, BOOK.replace("{calendar: daily}", "{absolute_band_pct: 90}"))
    calm.rewrite(times("BBB", LAST, close=1.1, high=1.1))
    one = calm.look()
    assert one["targets"]
    assert (one["orders"], one["cost_usd"]) == ([], ["0.00", "0.00"])
    assert "The same orders would have been decided; targets move by at most" in one["sentence"]


def test_a_finding_that_somebody_made_harmless_is_found_by_the_audit(desk: Desk) -> None:
    desk.rewrite(times("DDD", LAST, close=1.3, high=1.3))
    digest = desk.look()["restated_sha256"]
    change = "UPDATE restatements SET body = ? WHERE restated_sha256 = ?"
    with sqlite3.connect(desk.folder / "home" / "journal.sqlite") as sql:
        sql.execute("DROP TRIGGER restatements_no_update")
        query = "SELECT body FROM restatements WHERE restated_sha256 = ?"
        [kept] = sql.execute(query, [digest]).fetchone()
        sql.execute(change, [json.dumps(json.loads(kept) | {"sentence": "nothing"}), digest])
    journal = open_journal(desk.folder / "home")
    assert [(flaw.kind, flaw.table) for flaw in journal.audit.verify()] == [("edited", "restatements")]
    journal.close()
    with sqlite3.connect(desk.folder / "home" / "journal.sqlite") as sql:
        sql.execute(change, [kept, digest])


def test_a_source_without_the_bars_is_an_error_of_that_session(desk: Desk) -> None:
    desk.rewrite(lambda bars: bars[bars["session"] > pd.Timestamp("2021-06-29")])
    told = desk.watch()
    assert (told["restated"], told["exit_status"]) == (0, 1)
    assert "has no bar of snapshot" in told["sessions"][0]["error"]


def test_what_is_asked_for_must_make_sense(desk: Desk) -> None:
    assert desk.book.is_file()
    with pytest.raises(ConfigError, match="contradict"):
        watch_restatements("told", desk.cycle.session, every=True, as_json=True)
    with pytest.raises(ConfigError, match="no session of book `other`"):
        watch_restatements("other", None, every=True, as_json=True)
