"""The executed orders of recorded reports as samples of a calibration, and why others tell nothing. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tasks.tca.calibration import CostSample
from tasks.tca.models.kissell import timing_risk_bps

NO_FILL = "nothing was filled"
NO_ARRIVAL = "nobody recorded the price at arrival"
NO_VOLUME = "the average daily volume is unknown, and the book assumes none"
NO_VOLATILITY = "the report says no daily volatility; `steelyard review BOOK` writes an older one anew"
NO_PARTICIPATION = "its share of the market's volume is unknown, or all of it"


@dataclass(frozen=True, slots=True)
class SampleSet:
    """What the orders of some reports say."""

    samples: tuple[CostSample, ...]
    left_out: Mapping[str, int]
    """How many orders tell nothing, by the reason."""
    assumed_volumes: int
    """Samples whose daily volume is the book's assumption."""


def samples_of(reports: Sequence[tuple[date, Mapping[str, Any]]], assumed_adv_usd: float | None) -> SampleSet:
    """One sample an executed order: s (average - arrival) / arrival in bps, without fees; positive hurts.

    `reports` are pairs of session and report.json. An order without a volume takes the book's assumed one, at its
    arrival price, as the forecast does.
    """
    found: list[CostSample] = []
    left: dict[str, int] = {}
    assumed = 0
    for session, report in reports:
        for order in report["orders"]:
            sample = _sample(session, order, assumed_adv_usd)
            if isinstance(sample, str):
                left[sample] = left.get(sample, 0) + 1
            else:
                found.append(sample)
                assumed += _number(order, "adv_shares") <= 0
    return SampleSet(tuple(found), left, assumed)


def _sample(session: date, order: Mapping[str, Any], assumed_adv_usd: float | None) -> CostSample | str:
    """The sample, or why the order is none."""
    filled, paid, arrival = (_number(order, name) for name in ("filled_shares", "average_price", "arrival_price"))
    if filled <= 0 or paid <= 0:
        return NO_FILL
    if arrival <= 0:
        return NO_ARRIVAL
    adv = _number(order, "adv_shares") or (assumed_adv_usd or 0.0) / arrival
    volatility, participation = _number(order, "daily_volatility"), _number(order, "participation")
    if adv <= 0:
        return NO_VOLUME
    if volatility <= 0:
        return NO_VOLATILITY
    if not 0 < participation < 1:
        return NO_PARTICIPATION
    sign = 1.0 if order["side"] == "BUY" else -1.0
    return CostSample(
        day=session,
        cost_bps=sign * (paid / arrival - 1) * 1e4,
        share_of_adv=filled / adv,
        daily_volatility=volatility,
        timing_risk_bps=timing_risk_bps(volatility, filled / adv, participation),
    )


def _number(order: Mapping[str, Any], name: str) -> float:
    """Zero for what is not known, and for what a report of another version does not say."""
    value = order.get(name)
    return float(value) if value is not None else 0.0
