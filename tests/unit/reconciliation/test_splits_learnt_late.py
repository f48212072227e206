"""A split that the data tells of late is booked when the broker has it, and else stops its symbol alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from reconciliation_world import World, world

from tasks.holdings.actions_check import book_missed_splits
from tasks.holdings.missed_splits import Split, looks_like_a_split, missed_splits
from tasks.journal.book_ledger import ledger_of
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import Execution, Side
from tasks.quality.rules.news import quiet_symbols
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, WEDNESDAY, flat_week

D = Decimal
FILE = "data.actions_path (actions.csv)"
OPENED = LedgerRow(
    "b:opening:AAA", "b", "main", "opening", datetime(2022, 11, 22, 14, tzinfo=UTC), "AAA", D(100), None, None, ""
)
TWO_FOR_ONE = Split(WEDNESDAY, "AAA", D(2))


def asked(theirs: str, *more: LedgerRow, split: Split = TWO_FOR_ONE, ours: Mapping[str, Decimal] | None = None):
    return missed_splits([split], [OPENED, *more], [], ours or {"AAA": D(100)}, {"AAA": D(theirs)}, FILE)


def test_a_split_that_the_broker_has_and_the_ledger_lacks_is_booked_under_its_ex_date():
    missed = asked("200")
    [row] = missed.rows
    assert (row.kind, row.shares, row.at.date()) == ("split", D(100), WEDNESDAY)
    assert not missed.locked


def test_a_purchase_that_was_busted_was_never_held_before_a_split():
    at = datetime(2022, 11, 22, 15, tzinfo=UTC)
    bought = Execution("x1", "k", "AAA", Side.BUY, D(50), D(10), D(0), at, "main")
    busted = replace(bought, execution_id="x2", shares=D(0), supersedes="x1")
    [row] = missed_splits([TWO_FOR_ONE], [OPENED], [bought, busted], {"AAA": D(100)}, {"AAA": D(200)}, FILE).rows
    assert row.shares == D(100)


def test_a_reverse_split_whose_fraction_is_paid_out_is_booked_as_the_broker_has_it():
    [row] = asked("33", split=Split(WEDNESDAY, "AAA", D("0.333333"))).rows
    assert row.shares == D(-67)


def test_a_split_that_the_broker_lacks_stops_its_symbol_and_names_file_field_and_value():
    missed = asked("100")
    assert missed.rows == []
    assert missed.factors == {"AAA": D(2)}
    told = missed.locked["AAA"]
    assert "data.actions_path (actions.csv)" in told
    assert "2022-11-23, AAA, split, 2" in told
    assert [finding.check for finding in missed.findings] == ["missed_split"]


@pytest.mark.parametrize(
    "booked",
    [
        LedgerRow("b:S1", "b", "main", "split", datetime(2022, 11, 25, 5, tzinfo=UTC), "AAA", D(100), None, None, ""),
        LedgerRow(
            "balance:x", "b", "main", "balance", datetime(2022, 11, 28, 5, tzinfo=UTC), "AAA", D(100), None, None, ""
        ),
    ],
)
def test_a_split_that_the_statement_or_a_person_booked_is_not_missed(booked: LedgerRow):
    missed = asked("200", booked, ours={"AAA": D(200)})
    assert (missed.rows, missed.locked) == ([], {})


def test_a_split_of_before_the_opening_is_in_what_was_taken_over():
    assert not asked("100", split=Split(date(2022, 11, 22), "AAA", D(2))).locked


def test_what_looks_like_a_split_and_is_on_no_file_is_told_with_the_line_to_add():
    by_shares = looks_like_a_split("AAA", D(100), D(200), [], D(50), FILE)
    by_price = looks_like_a_split("AAA", D(100), D(100), [D(100), D("50.2")], D("50.5"), FILE)
    reverse = looks_like_a_split("AAA", D(100), D(10), [], D(50), FILE)
    for found, ratio in ((by_shares, "2"), (by_price, "2"), (reverse, "0.1")):
        assert found is not None
        assert f"AAA, split, {ratio}" in found.message
        assert FILE in found.message


@pytest.mark.parametrize(
    ("theirs", "ratio"),
    [("150", "1.5"), ("133", "1.333333"), ("125", "1.25"), ("66", "0.666667"), ("75", "0.75"), ("80", "0.8")],
)
def test_a_small_split_is_seen_in_the_brokers_shares_to_the_fraction_that_is_paid_out(theirs: str, ratio: str):
    found = looks_like_a_split("AAA", D(100), D(theirs), [], D(50), FILE)
    assert found is not None
    assert f"AAA, split, {ratio}" in found.message


@pytest.mark.parametrize("theirs", ["140", "110", "103"])
def test_shares_that_merely_differ_are_no_small_split(theirs: str):
    assert looks_like_a_split("AAA", D(100), D(theirs), [], D(50), FILE) is None
    assert looks_like_a_split("AAA", D(4), D(5), [], D(50), FILE) is None


@pytest.mark.parametrize(("now", "ratio"), [("66.5", "1.5"), ("75.4", "1.333333"), ("80", "1.25")])
def test_a_small_split_is_seen_in_a_price_only_where_nobody_traded_on_news(now: str, ratio: str):
    found = looks_like_a_split("AAA", D(100), D(100), [D(100)], D(now), FILE, quiet=True)
    assert found is not None
    assert f"AAA, split, {ratio}" in found.message
    assert looks_like_a_split("AAA", D(100), D(100), [D(100)], D(now), FILE) is None


def test_a_session_is_quiet_when_its_volume_is_known_and_not_that_of_news():
    def bars(symbol: str, last: float) -> pd.DataFrame:
        days = pd.date_range("2022-11-01", periods=25)
        return pd.DataFrame({"session": days, "symbol": symbol, "volume": [100.0] * 24 + [last]})

    frame = pd.concat([bars("AAA", 150.0), bars("BBB", 400.0), bars("CCC", float("nan"))])
    assert quiet_symbols(frame, 3) == {"AAA"}


@pytest.mark.parametrize(("before", "now"), [("100", "80"), ("100", "120"), ("100", "43")])
def test_a_price_that_merely_moved_is_no_split(before: str, now: str):
    assert looks_like_a_split("AAA", D(100), D(100), [D(before)], D(now), FILE) is None


def late(tmp_path: Path) -> World:
    """The book on Friday; the data learns only now of a split of Wednesday."""
    source = flat_week("AAA", "BBB")
    desk = world(tmp_path, source).next_session(WEDNESDAY).next_session(HALF_DAY)
    source.actions = [(WEDNESDAY, "AAA", "split", 2.0)]
    book = SimpleNamespace(**{**vars(desk.desk.book), "data": SimpleNamespace(actions_path=Path("actions.csv"))})
    return World(replace(desk.desk, book=book, source=source), desk.broker)  # type: ignore[arg-type]


def test_the_position_is_adjusted_with_the_history_once_the_broker_shows_it(tmp_path: Path):
    desk = late(tmp_path)
    held = desk.broker.inner.account_state()
    assert set(book_missed_splits(desk.desk, held).locked) == {"AAA"}
    assert ledger_of(desk.journal, "demo", "main").shares() == {"AAA": D(100)}
    split = replace(held, positions={"AAA": D(200)})
    for _ in range(2):
        book_missed_splits(desk.desk, split)
        assert ledger_of(desk.journal, "demo", "main").shares() == {"AAA": D(200)}
    desk.broker.account = lambda answer: replace(answer, positions={"AAA": D(200)})
    assert desk.agrees()
