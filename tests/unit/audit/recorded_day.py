"""One small day on record, by hand: prices, a plan, an approval, an order with two executions, a report."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from tasks.book.audit import AuditSettings
from tasks.context import StepContext, StepEvent
from tasks.journal import Journal, open_journal
from tasks.market_data.snapshots import write_snapshot
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.ledger_records import FILES, BreakRow, ReportRow
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan import Finding, Severity
from tasks.model.plan_records import Approval, PlanRecord

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
CYCLE = Cycle(
    "demo:2022-12-28", "demo", date(2022, 12, 28), "main", "manual", 1, "done", "", "books/demo.yaml", "0" * 64,
    "book: demo\nuniverse: {symbols: [AAPL, XOM]}\nobjective: {kind: risk_parity}\n", NOON, NOON,
)  # fmt: skip
PLAN = "a1" * 32
LINE = {
    "side": "BUY",
    "shares": "60",
    "reason": "toward_target",
    "sentence": "up to its target",
    "decision_price": "130",
}
BODY = {"lines": [{**LINE, "symbol": "AAPL"}, {**LINE, "symbol": "XOM", "sentence": "another"}]}


def order(symbol: str) -> ParentOrder:
    return ParentOrder(
        f"o/{symbol}", CYCLE.cycle_id, PLAN, symbol, Side.BUY, Decimal(60), Algorithm.TWAP, "toward_target",
        Decimal(130), NOON, None, None, ((1, Decimal(60)),), {"main": Decimal(60)},
    )  # fmt: skip


def intent(symbol: str) -> Slice:
    request = OrderRequest(
        f"k/{symbol}", "main", symbol, Side.BUY, Decimal(60), OrderType.LIMIT, TimeInForce.DAY, Decimal("130.1")
    )
    return Slice(request, f"o/{symbol}", wave=1, generation=0, due_at=NOON, state=OrderState.INTENDED)


def fill(name: str, symbol: str, supersedes: str = "") -> Execution:
    return Execution(
        name, f"k/{symbol}", symbol, Side.BUY, Decimal(30), Decimal("130.05"), Decimal("0.35"), NOON, "main", "SIM",
        supersedes,
    )  # fmt: skip


def recorded(home: Path) -> tuple[Journal, str]:
    """(the journal, the hash of the snapshot)."""
    journal = open_journal(home)
    journal.fence.take("demo", "this test", lambda: NOON)
    cycle = journal.cycles.open(CYCLE)
    sha256 = _prices(journal, home, cycle)
    journal.cycles.record_targets(cycle, {"AAPL": (0.1, 0.2), "XOM": (0.3, 0.2)})
    general, own, other = (Finding(Severity.INFO, "c", s, f"about {s}", s) for s in ("", "AAPL", "XOM"))
    journal.cycles.record_findings(cycle, "check", [replace(general, symbol=None), own, other])
    journal.decisions.record_plan(PlanRecord(PLAN, CYCLE.cycle_id, 1, BODY, NOON))
    answer = Approval(PLAN, "approved", "Ada Byron", "as discussed", NOON, NOON, 5.0)
    journal.decisions.record_approval(CYCLE.cycle_id, answer)
    journal.orders.record_orders([order("AAPL"), order("XOM")])
    journal.orders.record_wave(CYCLE.cycle_id, 1, NOON, [intent("AAPL"), intent("XOM")], {"notes": []})
    journal.orders.add_events([OrderEvent("k/AAPL", OrderState.SENT, NOON), OrderEvent("k/XOM", OrderState.SENT, NOON)])
    fills = [fill("x1", "AAPL"), fill("x2", "AAPL"), fill("x3", "AAPL", "x1"), fill("y1", "XOM")]
    journal.orders.record_fills("simulated", CYCLE.cycle_id, fills)
    row = BreakRow("b1", CYCLE.cycle_id, "demo", "XOM", "shares", "30", "31", None, "one more", NOON)
    journal.books.record_breaks([row])
    journal.books.record_report(_report(home))
    journal.cycles.record_step(cycle, Checkpoint("report", {"sentence": "", "facts": {}}, 0.1, NOON))
    return journal, sha256


def _report(home: Path) -> ReportRow:
    """Four small files, and the hash of each."""
    texts = {name: f"a day in {name}" for name in ("report.json", "orders.csv", "fills.csv")}
    texts["report.html"] = "<p>a day</p>"
    for name, text in texts.items():
        (home / name).write_text(text)
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    summary = {"shortfall_usd": 1.5, FILES: hashes}
    return ReportRow(CYCLE.cycle_id, str(home / "report.html"), hashes["report.html"], summary, NOON)


def _prices(journal: Journal, home: Path, cycle: Cycle) -> str:
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
    frame = pd.DataFrame([{"session": pd.Timestamp("2022-12-27"), "symbol": "AAPL", **columns}])
    kept = write_snapshot(frame, home / "snapshots")
    snapshot = {"sha256": kept.sha256, "source": "sample", "adjustment": "raw", "first_session": kept.first}
    snapshot |= {"last_session": kept.last, "rows": 1, "symbols": ["AAPL"], "created_at": NOON}
    journal.cycles.record_snapshot(snapshot)
    output = {"sentence": "1 symbol", "facts": {"sha256": kept.sha256}}
    journal.cycles.record_step(cycle, Checkpoint("download", output, 0.1, NOON))
    return kept.sha256


def desk_of(home: Path, audit: AuditSettings, heard: list[StepEvent]) -> StepContext:
    """As much of a desk as an anchor needs."""
    return StepContext(
        book=cast(Any, SimpleNamespace(audit=audit)),
        base=home / "books",
        home=home,
        cycle=CYCLE,
        journal=open_journal(home),
        source=cast(Any, None),
        broker=cast(Any, None),
        clock=lambda: NOON,
        observer=heard.append,
    )
