"""A plan as JSON, there and back without a loss, and its hash: the name of what was approved."""

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tasks.model.cost_model import used_from_json, used_to_json
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import CostEstimate, Finding, Plan, PlanLine, Severity

JsonObject = dict[str, Any]


def plan_hash(plan: Plan) -> str:
    """SHA-256 (hex) of the plan's canonical JSON: equal plans have equal hashes, and any changed field changes it.

    Equal means equal by value: 1.0 and 1.00 shares, or one instant in two time zones, are the same plan.
    Raises: ValueError when a figure is not finite, or an instant has no time zone.
    """
    text = json.dumps(_plan(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def plan_to_json(plan: Plan) -> str:
    """Canonical JSON text; decimals are strings without an exponent, instants are in UTC. Raises: as `plan_hash`."""
    return json.dumps(_plan(plan), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)


def plan_from_json(text: str) -> Plan:
    """The plan that `plan_to_json` wrote. Raises: KeyError or ValueError when the text is no plan."""
    data = json.loads(text)
    return Plan(
        book=data["book"],
        account=data["account"],
        session=date.fromisoformat(data["session"]),
        revision=data["revision"],
        decided_at=datetime.fromisoformat(data["decided_at"]),
        nav_usd=Decimal(data["nav_usd"]),
        cash_usd=Decimal(data["cash_usd"]),
        lines=tuple(_line_from(line) for line in data["lines"]),
        findings=tuple(_finding_from(finding) for finding in data["findings"]),
        cost_model=used_from_json(data["cost_model"]) if "cost_model" in data else None,
    )


def _plan(plan: Plan) -> JsonObject:
    return {
        "book": plan.book,
        "account": plan.account,
        "session": plan.session.isoformat(),
        "revision": plan.revision,
        "decided_at": _instant(plan.decided_at),
        "nav_usd": _decimal(plan.nav_usd),
        "cash_usd": _decimal(plan.cash_usd),
        "lines": [_line(line) for line in plan.lines],
        "findings": [_finding(finding) for finding in plan.findings],
        # Only where there is something to say, as with `standing_over`.
        **({"cost_model": used_to_json(plan.cost_model)} if plan.cost_model else {}),
    }


def _line(line: PlanLine) -> JsonObject:
    return {
        "symbol": line.symbol,
        "side": line.side and line.side.value,
        "shares": _decimal(line.shares),
        "reason": line.reason,
        "sentence": line.sentence,
        "holding_shares": _decimal(line.holding_shares),
        "decision_price": _decimal(line.decision_price),
        "current_weight": _float(line.current_weight),
        "target_weight": _float(line.target_weight),
        "algorithm": line.algorithm and line.algorithm.value,
        "adv_shares": None if line.adv_shares is None else _float(line.adv_shares),
        "estimate": line.estimate and _estimate(line.estimate),
        # Only where there is something to say: plans that were hashed before the field was there keep their hash.
        **({"standing_over": _decimal(line.standing_over)} if line.standing_over else {}),
        **({"experiment": line.experiment} if line.experiment else {}),
    }


def _line_from(data: JsonObject) -> PlanLine:
    return PlanLine(
        symbol=data["symbol"],
        side=None if data["side"] is None else Side(data["side"]),
        shares=Decimal(data["shares"]),
        reason=data["reason"],
        sentence=data["sentence"],
        holding_shares=Decimal(data["holding_shares"]),
        decision_price=Decimal(data["decision_price"]),
        current_weight=data["current_weight"],
        target_weight=data["target_weight"],
        algorithm=None if data["algorithm"] is None else Algorithm(data["algorithm"]),
        adv_shares=data["adv_shares"],
        estimate=None if data["estimate"] is None else CostEstimate(**data["estimate"]),
        standing_over=Decimal(data.get("standing_over", "0")),
        experiment=data.get("experiment", ""),
    )


def _estimate(estimate: CostEstimate) -> JsonObject:
    return {
        "spread_usd": _float(estimate.spread_usd),
        "impact_usd": _float(estimate.impact_usd),
        "fees_usd": _float(estimate.fees_usd),
        "model": estimate.model,
    }


def _finding(finding: Finding) -> JsonObject:
    return {
        "severity": finding.severity.value,
        "check": finding.check,
        "subject": finding.subject,
        "message": finding.message,
        "symbol": finding.symbol,
        "session": finding.session and finding.session.isoformat(),
    }


def _finding_from(data: JsonObject) -> Finding:
    session = None if data["session"] is None else date.fromisoformat(data["session"])
    return Finding(Severity(data["severity"]), data["check"], data["subject"], data["message"], data["symbol"], session)


def _decimal(value: Decimal) -> str:
    """Every digit, no exponent, no trailing zeros, no negative zero; not `normalize`, which would round long ones."""
    if not value.is_finite():
        raise ValueError(f"{value} cannot be part of a plan")
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if value == 0 else text


def _float(value: float) -> float:
    return float(value) + 0.0  # an integer becomes a float, and negative zero becomes zero


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; a plan is decided at an instant")
    return at.astimezone(UTC).isoformat()
