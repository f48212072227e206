"""The orders of a period, each as its session's recorded report.json has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tasks.model.broker_tags import tag_of
from tasks.tca.buckets import liquidity_of
from tasks.tca.fill_quality import Kind

NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class PeriodOrder:
    """One parent order; USD in cents, positive is a cost, None is `n/a`."""

    session: date
    order_id: str
    symbol: str
    sector: str
    side: str
    algorithm: str
    broker: str
    """Its name as the order's trail has it; in reports without trails the tags of its child orders, or the account."""
    kind: str
    """What its child orders were sent as."""
    share_of_adv: float | None
    paper_notional_usd: Decimal
    filled_at_decision_usd: Decimal
    """Filled shares at the decision price, so that fill rates have one price on both sides."""
    cost_usd: Decimal | None
    """Whole implementation shortfall."""
    realised_bps: float | None
    """Trading plus fees of the executed part, which is what the estimate is about."""
    estimate_bps: float | None
    surprise_z: float | None
    """(realised - estimate) in timing risks."""
    explanation: str
    experiment: str = ""
    """The experiment that drew its algorithm; empty where nothing was drawn."""
    arm: str = ""
    """What was drawn and approved, whatever worked the order in the end."""

    @property
    def cost_bps(self) -> float | None:
        """Of the paper notional; None where the total is not known."""
        if self.cost_usd is None or self.paper_notional_usd <= 0:
            return None
        return float(self.cost_usd / self.paper_notional_usd) * 1e4

    @property
    def size(self) -> str:
        """The bucket of its share of ADV, as in the sessions' reports; the number keeps the order of sizes."""
        return liquidity_of(None if self.share_of_adv is None else Decimal(repr(self.share_of_adv)))


def orders_of(session: date, report: Mapping[str, Any]) -> tuple[PeriodOrder, ...]:
    """Every order of a session's report.json, as it stands there."""
    drawn = drawn_of(report)
    return tuple(
        _order(session, line, *drawn.get((line["symbol"], line["side"]), ("", ""))) for line in report["orders"]
    )


def drawn_of(report: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Experiment and arm by symbol and side, of every trade of the session's plan that was drawn by lot."""
    lines = [line for line in report["plan"]["lines"] if line["side"] and line.get("experiment")]
    return {(line["symbol"], line["side"]): (line["experiment"], line["algorithm"]) for line in lines}


def _order(session: date, line: Mapping[str, Any], experiment: str, arm: str) -> PeriodOrder:
    estimate: Mapping[str, Any] = line["estimate"] or {}
    return PeriodOrder(
        session=session,
        order_id=line["order_id"],
        symbol=line["symbol"],
        sector=line["sector"] or "unclassified",
        side=line["side"],
        algorithm=line["algorithm"],
        broker=_broker(line),
        kind=_kind(line["slices"]),
        share_of_adv=_float(line["share_of_adv"]),
        paper_notional_usd=Decimal(line["costs"]["paper_notional_usd"]),
        filled_at_decision_usd=Decimal(line["filled_shares"]) * Decimal(line["decision_price"]),
        cost_usd=None if line["costs"]["total_usd"] is None else Decimal(line["costs"]["total_usd"]),
        realised_bps=_float(estimate.get("realised_bps")),
        estimate_bps=_float(estimate.get("estimate_bps")),
        surprise_z=_float(estimate.get("surprise_z")),
        explanation=line["explanation"],
        experiment=experiment,
        arm=arm,
    )


def _broker(line: Mapping[str, Any]) -> str:
    trail: Mapping[str, Any] = line.get("trail") or {}
    return trail.get("broker") or _joined([tag_of(piece["key"]) for piece in line["slices"]]) or line["account"]


def _kind(slices: Sequence[Mapping[str, Any]]) -> str:
    return _joined([_child_kind(piece) for piece in slices if piece["sent_at"] is not None]) or NOT_SENT


def _child_kind(piece: Mapping[str, Any]) -> str:
    if piece["native"]:
        return Kind.NATIVE
    return Kind.MARKET if piece["limit_price"] is None else Kind.LIMIT


def _joined(names: Sequence[str]) -> str:
    return " and ".join(sorted({str(name) for name in names if name}))


def _float(text: str | None) -> float | None:
    return None if text is None else float(text)
