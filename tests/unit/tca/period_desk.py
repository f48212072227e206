"""Orders of a period with nothing unusual, and recorded sessions to gather them from; name what the case is about."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from tasks.model.ledger_records import FILES, ReportRow
from tasks.tca.export import report_json
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.report import build_report
from tests.sql.one_of_each import CYCLE
from tests.unit.tca.tca_desk import report_inputs

NOW = datetime(2023, 1, 2, 12, 0, tzinfo=UTC)
FIRST = date(2022, 10, 3)


def period_order(cost_bps: float = 5.0, day: int = 0, number: int = 0, **known: Any) -> PeriodOrder:
    """An order of 10,000 USD on the day of that number, that cost so many bps of it, to the cent."""
    notional = Decimal(known.get("paper_notional_usd", Decimal("10000.00")))
    session = FIRST + timedelta(days=day)
    facts: dict[str, Any] = {
        "session": session,
        "order_id": f"core-{session:%Y%m%d}-{number}",
        "symbol": "ABC",
        "sector": "Technology",
        "side": "BUY",
        "algorithm": "vwap",
        "broker": "main",
        "kind": "limit",
        "share_of_adv": 0.002,
        "paper_notional_usd": notional,
        "filled_at_decision_usd": notional,
        "cost_usd": (notional * Decimal(repr(cost_bps)) / 10_000).quantize(Decimal("0.01")),
        "realised_bps": cost_bps,
        "estimate_bps": 4.0,
        "surprise_z": 0.1,
        "explanation": "",
    }
    return PeriodOrder(**(facts | known))


def recorded_session(folder: Path, day: date, **known: Any) -> tuple[Any, ReportRow]:
    """A session's real report of a small desk, on disk and on record."""
    folder = folder / day.isoformat()
    folder.mkdir(parents=True)
    text = report_json(build_report(report_inputs(session=day, **known))).encode()
    (folder / "report.json").write_bytes(text)
    row = ReportRow(
        CYCLE.cycle_id, str(folder / "report.html"), "", {FILES: {"report.json": sha256(text).hexdigest()}}, NOW
    )
    return replace(CYCLE, session=day), row
