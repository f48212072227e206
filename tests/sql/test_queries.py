"""Each question of sql/queries, answered for a case small enough to work out by hand, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from one_of_each import CYCLE, FILL, INTENT, NINE, ORDER, PLAN, TEN, with_order

from sql.questions import QUERIES, questions
from sql.tables import metadata
from tasks.journal import Journal
from tasks.model.account import HaltState
from tasks.model.cycle import Checkpoint
from tasks.model.halts import EVERY_BOOK, Halt
from tasks.model.ledger_records import BreakRow, ReportRow
from tasks.model.order_records import OrderEvent, Resolution
from tasks.model.orders import OrderState, Side
from tasks.model.plan_records import Approval

XOM = replace(
    ORDER, order_id="demo:2022-12-28/r1/XOM/SELL", symbol="XOM", side=Side.SELL, decision_price=Decimal("108")
)
NEVER = replace(ORDER, order_id="demo:2022-12-28/r1/KO/BUY", symbol="KO")


def minutes(n: int) -> datetime:
    return TEN + timedelta(minutes=n)


@pytest.fixture
def desk(journal: Journal) -> Journal:
    """Buy AAPL (60 of it, one execution corrected), sell XOM (a bust, then 10 real ones), KO is never sent.

    AAPL  decided 130.03   x1 60 @ 130.0712 fee 0.35, corrected by x2: 60 @ 130.08 fee 0.30
    XOM   decided 108      s1 10 @ 107.50 fee 0.10;  s2 5 @ 1.00 fee 0.05, busted by s3
    """
    with_order(journal)
    journal.orders.record_orders([XOM, NEVER])
    sell = replace(
        INTENT, request=replace(INTENT.request, key="k2", symbol="XOM", side=Side.SELL), order_id=XOM.order_id
    )
    silent = replace(INTENT, request=replace(INTENT.request, key="k3", symbol="KO"), order_id=NEVER.order_id)
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT, sell, silent], {"notes": []})
    out = replace(FILL, key="k2", symbol="XOM", side=Side.SELL)
    executions = [
        FILL,
        replace(FILL, execution_id="x2", price=Decimal("130.08"), fee=Decimal("0.30"), at=minutes(9), supersedes="x1"),
        replace(out, execution_id="s1", shares=Decimal(10), price=Decimal("107.50"), fee=Decimal("0.10")),
        replace(out, execution_id="s2", shares=Decimal(5), price=Decimal(1), fee=Decimal("0.05")),
        replace(out, execution_id="s3", shares=Decimal(0), price=Decimal(1), fee=Decimal(0), supersedes="s2"),
    ]
    journal.orders.record_fills("simulated", CYCLE.cycle_id, executions)
    return journal


def test_every_question_says_in_its_first_line_what_it_answers() -> None:
    assert len(questions()) == len(list(QUERIES.glob("*.sql"))) >= 12
    for name, sentence in questions().items():
        assert sentence.endswith("?"), name


def test_a_word_means_the_same_in_every_table() -> None:
    """An answer's column is read by its name, so no two tables may disagree about one."""
    kinds: dict[str, set[type]] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            kinds.setdefault(column.name, set()).add(type(column.type) if column.name != "reason" else str)
    texts = {name for name, found in kinds.items() if {kind.__name__ for kind in found} <= {"String", "Text"}}
    assert {name: found for name, found in kinds.items() if len(found) > 1 and name not in texts} == {}


def test_a_question_that_is_not_there_is_refused_with_those_that_are(journal: Journal) -> None:
    with pytest.raises(KeyError, match="open_breaks"):
        journal.audit.ask("what_is_the_meaning_of_it_all")


def test_fills_of_an_order(desk: Journal) -> None:
    first, second = desk.audit.ask("fills_of_an_order", order_id=ORDER.order_id)
    assert (first["execution_id"], first["superseded_by"], first["price"]) == ("x1", "x2", Decimal("130.0712"))
    assert (second["execution_id"], second["superseded_by"], second["at"]) == ("x2", None, minutes(9))


def test_a_correction_of_a_correction_supersedes_both(desk: Journal) -> None:
    """Of two that correct the same one, the broker's word stands before a person's, however late that came."""
    again = replace(FILL, execution_id="x3", price=Decimal("130.09"), at=minutes(11), supersedes="x2")
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [again])
    rows = desk.audit.ask("fills_of_an_order", order_id=ORDER.order_id)
    assert {row["execution_id"]: row["superseded_by"] for row in rows} == {"x1": "x3", "x2": "x3", "x3": None}
    booked = replace(again, execution_id="x1~booked", at=minutes(20), supersedes="x1")
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [booked])
    rows = desk.audit.ask("fills_of_an_order", order_id=ORDER.order_id)
    assert {row["execution_id"] for row in rows if row["superseded_by"] is None} == {"x3"}
    assert {row["superseded_by"] for row in rows} == {"x3", None}


def test_orders_without_fills(desk: Journal) -> None:
    """KO was sent and got nothing; a bust alone would not count either."""
    [found] = desk.audit.ask("orders_without_fills", cycle_id=CYCLE.cycle_id)
    assert (found["symbol"], found["shares"], found["slice_count"]) == ("KO", Decimal(100), 1)
    late = replace(FILL, execution_id="x9", key="k3", symbol="KO", shares=Decimal("0.5"))
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [late])
    assert desk.audit.ask("orders_without_fills", cycle_id=CYCLE.cycle_id) == ()
    busted = replace(late, execution_id="x10", shares=Decimal(0), supersedes="x9")
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [busted])
    assert len(desk.audit.ask("orders_without_fills", cycle_id=CYCLE.cycle_id)) == 1


def test_unknown_orders(desk: Journal) -> None:
    """k1 has no answer; k2 was put on the wire under an older lease; k3 was never sent."""
    desk.orders.add_events(
        [OrderEvent("k1", OrderState.SENT, minutes(1)), OrderEvent("k2", OrderState.SENT, minutes(2))]
    )
    desk.orders.add_events([OrderEvent("k1", OrderState.UNKNOWN, minutes(3), reason="no reply")])
    assert [row["key"] for row in desk.audit.ask("unknown_orders", book="demo")] == ["k1"]
    desk.fence.release()
    desk.fence.take("demo", "the next process", lambda: datetime.now(UTC))
    desk.orders.open_tickets([("k1", minutes(5), "ask the broker")])
    older, newer = desk.audit.ask("unknown_orders", book="demo")
    assert (older["key"], older["state"], older["token"]) == ("k2", "sent", 1)
    assert (newer["key"], newer["reason"], newer["sentence"]) == ("k1", "no reply", "ask the broker")
    desk.orders.add_events([OrderEvent("k1", OrderState.REJECTED, minutes(6))])
    assert [row["key"] for row in desk.audit.ask("unknown_orders", book="demo")] == ["k2"]
    assert desk.audit.ask("unknown_orders", book="other") == ()


def test_open_breaks(desk: Journal) -> None:
    row = BreakRow("b1", CYCLE.cycle_id, "demo", "AAPL", "shares", "10", "12", Decimal("260.5"), "2 more", TEN)
    desk.books.record_breaks([row, replace(row, break_id="b2", symbol=None, amount_usd=None)])
    desk.books.explain("b2", "Ada Byron", "a dividend", minutes(4))
    [found] = desk.audit.ask("open_breaks", book="demo")
    assert (found["break_id"], found["amount_usd"], found["cause"]) == ("b1", Decimal("260.5"), "unknown")


def test_what_happened_to_a_key(desk: Journal) -> None:
    """In the order of time; at one moment an event comes before the execution it speaks of."""
    desk.orders.add_events([OrderEvent("k1", OrderState.SENT, TEN), OrderEvent("k1", OrderState.UNKNOWN, minutes(2))])
    desk.orders.open_tickets([("k1", minutes(20), "ask the broker")])
    desk.orders.record_resolution(Resolution("k1", "alive", "Ada Byron", "seen in the blotter", minutes(30)))
    rows = desk.audit.ask("what_happened_to_a_key", key="k1")
    assert [(row["what"], row["state"] or row["words"]) for row in rows] == [
        ("event", "intended"),
        ("event", "sent"),
        ("execution", "x1"),
        ("event", "unknown"),
        ("execution", "x2"),
        ("ticket", "ask the broker"),
        ("resolution", "alive"),
    ]
    assert (rows[2]["shares"], rows[2]["price"], rows[1]["token"]) == (Decimal(60), Decimal("130.0712"), 1)
    assert rows[6]["words"] == "Ada Byron: seen in the blotter"


def test_who_approved_what(desk: Journal) -> None:
    yes = Approval(PLAN.plan_hash, "approved", "rule", "", NINE, TEN, 5.0)
    earlier = replace(PLAN, plan_hash="c" * 64, revision=0)
    desk.decisions.record_plan(earlier)
    no = replace(yes, plan_hash=earlier.plan_hash, decision="refused", who="Ada Byron", note="earnings")
    desk.decisions.record_approval(CYCLE.cycle_id, no)
    desk.decisions.record_approval(CYCLE.cycle_id, yes)
    rows = desk.audit.ask("who_approved_what", book="demo")
    assert [(r["who"], r["decision"], r["note"]) for r in rows] == [
        ("Ada Byron", "refused", "earnings"),
        ("rule", "approved", ""),
    ]
    assert (rows[1]["session"], rows[1]["revision"], rows[1]["expires_at"]) == (CYCLE.session, 1, TEN)
    assert rows[1]["price_band_pct"] == 5.0
    assert desk.audit.ask("who_approved_what", book="other") == ()


def test_cost_by_symbol(desk: Journal) -> None:
    """AAPL: 60 x (130.08 - 130.03) = 3.00; XOM: 10 x (108 - 107.50) = 5.00; KO traded nothing."""
    rows = {row["symbol"]: row for row in desk.audit.ask("cost_by_symbol", cycle_id=CYCLE.cycle_id)}
    figures = ("execution_count", "filled_shares", "traded_usd", "price_cost_usd", "fees_usd")
    assert {symbol: tuple(row[name] for name in figures) for symbol, row in rows.items()} == {
        "AAPL": (1, Decimal(60), Decimal("7804.8"), Decimal("3"), Decimal("0.3")),
        "KO": (0, Decimal(0), Decimal(0), Decimal(0), Decimal(0)),
        "XOM": (2, Decimal(10), Decimal(1075), Decimal(5), Decimal("0.1")),
    }
    assert all(isinstance(row[name], Decimal) for row in rows.values() for name in figures[1:])


def test_of_two_corrections_of_one_execution_only_the_one_that_stands_is_in_the_cost(desk: Journal) -> None:
    """x2 and x3 correct x1, x3 later: 50 x (130.05 - 130.03) = 1.00. A person's word goes behind the broker's."""
    later = replace(FILL, execution_id="x3", shares=Decimal(50), price=Decimal("130.05"), fee=Decimal("0.25"))
    booked = replace(later, execution_id="x3~1", shares=Decimal(40), at=minutes(30), supersedes="x1")
    newer = replace(later, at=minutes(20), supersedes="x1")
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [newer, booked])
    [row] = [r for r in desk.audit.ask("cost_by_symbol", cycle_id=CYCLE.cycle_id) if r["symbol"] == "AAPL"]
    figures = ("execution_count", "filled_shares", "price_cost_usd", "fees_usd")
    assert tuple(row[name] for name in figures) == (1, Decimal(50), Decimal(1), Decimal("0.25"))


def test_an_order_whose_newer_correction_is_a_bust_got_nothing(desk: Journal) -> None:
    """The older of two corrections left half a share; it was corrected itself beside the bust, and counts no more."""
    one = replace(FILL, execution_id="y1", key="k3", symbol="KO", shares=Decimal(1))
    half = replace(one, execution_id="y2", shares=Decimal("0.5"), at=minutes(5), supersedes="y1")
    bust = replace(one, execution_id="y3", shares=Decimal(0), at=minutes(6), supersedes="y1")
    desk.orders.record_fills("simulated", CYCLE.cycle_id, [one, half, bust])
    assert [row["symbol"] for row in desk.audit.ask("orders_without_fills", cycle_id=CYCLE.cycle_id)] == ["KO"]


def test_halts_in_force(desk: Journal) -> None:
    """Only the newest word on a scope counts, and `normal` is no halt."""
    stop = Halt("demo", HaltState.HALTED, "breaker daily_loss", "3 % lost", {"loss_pct": 3.1}, TEN)
    desk.halts.record(stop)
    desk.halts.record(replace(stop, scope=EVERY_BOOK, state=HaltState.REDUCING, who="Ada Byron", at=minutes(1)))
    everyone, demo = desk.audit.ask("halts_in_force")
    assert (everyone["scope"], everyone["state"], everyone["at"]) == ("*", "reducing", minutes(1))
    assert (demo["scope"], demo["figures"]) == ("demo", {"loss_pct": 3.1})
    desk.halts.record(replace(stop, state=HaltState.NORMAL, at=minutes(2)))
    assert [row["scope"] for row in desk.audit.ask("halts_in_force")] == ["*"]


def test_lease_history(desk: Journal) -> None:
    desk.fence.release()
    desk.fence.take("demo", "the next process", lambda: minutes(3), why="the first one is dead")
    first, second = desk.audit.ask("lease_history", book="demo")
    assert (first["token"], first["holder"]) == (1, "this test")
    assert (second["token"], second["taken_at"], second["why"]) == (2, minutes(3), "the first one is dead")


def test_what_is_called(desk: Journal) -> None:
    """Ids must be whole; eight characters of a hash will do, seven will not."""
    desk.books.record_report(ReportRow(CYCLE.cycle_id, "report.html", "e1" * 32, {}, NINE))
    desk.books.record_breaks([BreakRow("b1", CYCLE.cycle_id, "demo", "AAPL", "shares", "1", "2", None, "s", TEN)])
    names = {
        "e1" * 32: ("report", "e1" * 32),
        "e1e1e1e1": ("report", "e1" * 32),
        CYCLE.cycle_id: ("session", CYCLE.cycle_id),
        ORDER.order_id: ("order", ORDER.order_id),
        "k1": ("slice", "k1"),
        "s1": ("execution", "s1"),
        "a" * 64: ("plan", "a" * 64),
        "a" * 8: ("plan", "a" * 64),
        "b1": ("break", "b1"),
    }
    for asked, (kind, name) in names.items():
        [found] = desk.audit.ask("what_is_called", name=asked)
        assert (found["kind"], found["name"], found["cycle_id"]) == (kind, name, CYCLE.cycle_id), asked
    for nothing in ("e1e1e1e", "demo:2022", "%", "k_", ""):
        assert desk.audit.ask("what_is_called", name=nothing) == (), nothing


def test_what_rests_on_a_snapshot(desk: Journal) -> None:
    cycle = desk.cycles.open(CYCLE)
    facts = {"sentence": "prices", "facts": {"sha256": "f" * 64}}
    desk.cycles.record_step(cycle, Checkpoint("download", facts, 0.1, NINE))
    desk.cycles.record_step(cycle, Checkpoint("check", facts, 0.1, NINE))
    desk.cycles.record_step(replace(cycle, attempt=2), Checkpoint("download", facts, 0.1, NINE))
    first, second = desk.audit.ask("what_rests_on_a_snapshot", sha256="f" * 64)
    assert (first["attempt"], first["plan_hash"], first["order_count"]) == (1, PLAN.plan_hash, 3)
    assert (second["attempt"], second["plan_hash"], second["order_count"]) == (2, None, 0)
    assert desk.audit.ask("what_rests_on_a_snapshot", sha256="e" * 64) == ()


def test_reports_and_plans_of_a_session_come_newest_first(desk: Journal) -> None:
    for number in ("1", "2"):
        desk.books.record_report(ReportRow(CYCLE.cycle_id, "report.html", number * 64, {"n": number}, NINE))
    desk.decisions.record_plan(replace(PLAN, plan_hash="b" * 64, revision=2))
    reports = desk.audit.ask("reports_of_a_session", cycle_id=CYCLE.cycle_id)
    assert [(row["sha256"], row["summary"]) for row in reports] == [("2" * 64, {"n": "2"}), ("1" * 64, {"n": "1"})]
    plans = desk.audit.ask("plans_of_a_session", cycle_id=CYCLE.cycle_id)
    assert [(row["revision"], row["plan_hash"], row["body"]) for row in plans] == [
        (2, "b" * 64, {"book": "demo"}),
        (1, "a" * 64, {"book": "demo"}),
    ]
