"""The smallest history that has a row in every append-only table."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sql.tables import drills
from tasks.journal import Journal
from tasks.journal.cancellations import Cancellation, SessionRun
from tasks.journal.evidence import Examination
from tasks.journal.reruns import Rerun
from tasks.journal.statements import add
from tasks.journal.write_offs import WriteOff
from tasks.model.account import HaltState
from tasks.model.cost_model import CostModelWord
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.halts import Halt
from tasks.model.ledger_records import BreakRow, LedgerRow, ReportRow
from tasks.model.order_records import ParentOrder, Resolution, Slice
from tasks.model.orders import Algorithm, Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce
from tasks.model.plan import CostEstimate, Finding, Severity
from tasks.model.plan_records import Approval, PlanRecord
from tasks.model.quotes_seen import Moment, QuoteSeen
from tasks.model.restatement import Restatement
from tasks.model.review import ReviewWord

NINE = datetime(2022, 12, 28, 14, 0, tzinfo=UTC)
TEN = datetime(2022, 12, 28, 15, 0, tzinfo=UTC)
CYCLE = Cycle(
    cycle_id="demo:2022-12-28",
    book="demo",
    session=date(2022, 12, 28),
    account="main",
    mode="full_auto",
    attempt=1,
    status="running",
    message="",
    book_file="books/demo.yaml",
    book_sha256="0" * 64,
    book_text="book: demo",
    created_at=NINE,
    changed_at=NINE,
)
PLAN = PlanRecord("a" * 64, CYCLE.cycle_id, 1, {"book": "demo"}, NINE)
ORDER = ParentOrder(
    order_id="demo:2022-12-28/r1/AAPL/BUY",
    cycle_id=CYCLE.cycle_id,
    plan_hash=PLAN.plan_hash,
    symbol="AAPL",
    side=Side.BUY,
    shares=Decimal("100"),
    algorithm=Algorithm.TWAP,
    reason="toward_target",
    decision_price=Decimal("130.0300"),
    decided_at=NINE,
    adv_shares=None,
    estimate=CostEstimate(1.0, 2.0, 0.35, "model"),
    schedule=((1, Decimal("60")), (2, Decimal("40"))),
    allocations={"main": Decimal("100")},
)
INTENT = Slice(
    OrderRequest("k1", "main", "AAPL", Side.BUY, Decimal("60"), OrderType.LIMIT, TimeInForce.DAY, Decimal("130.1")),
    ORDER.order_id,
    wave=1,
    generation=0,
    due_at=TEN,
    state=OrderState.INTENDED,
)
FILL = Execution("x1", "k1", "AAPL", Side.BUY, Decimal("60"), Decimal("130.0712"), Decimal("0.35"), TEN, "main", "SIM")
QUOTE = QuoteSeen(
    CYCLE.cycle_id, "k1", Moment.FILLED, "x1", TEN, TEN, Decimal("130.05"), Decimal("130.07"), Decimal(300), None, "SIP"
)


def with_order(journal: Journal) -> None:
    journal.cycles.open(CYCLE)
    journal.decisions.record_plan(PLAN)
    journal.orders.record_orders([ORDER])


def write_one_of_each(journal: Journal) -> None:
    """One row in every append-only table (the lease was logged when it was taken)."""
    cycle = journal.cycles.open(CYCLE)
    with_order(journal)
    journal.cycles.record_step(cycle, Checkpoint("download", {}, 0.1, NINE))
    journal.cycles.record_findings(cycle, "check", [Finding(Severity.INFO, "c", "s", "m")])
    journal.cycles.record_targets(cycle, {"AAPL": (0.1, 0.2)})
    snapshot = {"sha256": "f" * 64, "source": "sample", "adjustment": "raw", "first_session": CYCLE.session}
    snapshot |= {"last_session": CYCLE.session, "rows": 1, "symbols": ["AAPL"], "created_at": NINE}
    journal.cycles.record_snapshot(snapshot)
    journal.decisions.record_approval(CYCLE.cycle_id, Approval(PLAN.plan_hash, "approved", "rule", "", NINE, TEN, 5.0))
    journal.orders.record_marks([(ORDER.order_id, "arrival", TEN, Decimal("130"))])
    journal.orders.record_wave(CYCLE.cycle_id, 1, TEN, [INTENT], {"notes": []})
    journal.orders.record_fills("simulated", CYCLE.cycle_id, [FILL], [QUOTE])
    journal.books.record_entries([LedgerRow("e", "demo", "main", "opening", NINE, None, None, Decimal(1), None, "b")])
    row = BreakRow("b1", CYCLE.cycle_id, "demo", "AAPL", "shares", "10", "12", Decimal(260), "2 more", TEN)
    journal.books.record_breaks([row])
    journal.books.explain("b1", "desk", "manual trade", TEN)
    journal.books.record_valuation("demo", CYCLE.session, Decimal("9.5"), Decimal(1), {"AAPL": Decimal("130.1")})
    journal.books.record_report(ReportRow(CYCLE.cycle_id, "report.html", "e" * 64, {}, NINE))
    journal.orders.open_tickets([("k1", TEN, "the broker does not say")])
    journal.orders.record_resolution(Resolution("k1", "dead", "Ada Byron", "the broker said so by phone", TEN))
    journal.halts.record(Halt("demo", HaltState.HALTED, "Ada Byron", "a rumour", {"loss_pct": 2.5}, TEN))
    journal.cancellations.record(Cancellation(CYCLE.cycle_id, 1, "cancelled", "a person in the UI", "a rumour", TEN))
    journal.cancellations.note_run(SessionRun("f" * 36, CYCLE.cycle_id, 1, NINE))
    word = WriteOff("demo", "main", "GONE", "written_off", Decimal("0.25"), "Ada Byron", "delisted", TEN)
    journal.write_offs.record(word)
    journal.reviews.record(
        ReviewWord(CYCLE.cycle_id, "e" * 64, "1a2b3c4d", "explained", "Ada Byron", "a late print", TEN)
    )
    rewritten = {"subject": "AAPL", "sentence": "a close is another"}
    journal.restatements.record(Restatement(CYCLE.cycle_id, "b" * 64, "c" * 64, rewritten, TEN))
    model = journal.cost_models.propose("demo", CYCLE.session, CYCLE.session, {"orders": 25}, TEN)
    approved = CostModelWord("demo", model.model_id, "approved", "Ada Byron", "thirty sessions", False, TEN)
    journal.cost_models.record(approved)
    journal.reruns.record(Rerun(CYCLE.cycle_id, 1, "report", "Ada Byron", "a late fill", TEN))
    with journal.engine.begin() as connection:
        add(connection, drills, [{"book": "demo", "passed": True, "figures": {"seconds": 1.5}, "at": TEN}])
    journal.examinations.record(Examination("doctor", "alpaca", "main", False, True, {"clock_s": 0.1}, TEN))
