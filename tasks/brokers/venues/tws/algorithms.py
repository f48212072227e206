"""IB's algorithms on the wire, a name and tags, as the exchange's own words. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from tasks.brokers.venues.tws.wire import NEW_YORK
from tasks.terms import NativeAlgorithm, NativeOrder

Tags = Sequence[tuple[str, str]]
Pace = Literal["patient", "normal", "urgent"]
STRATEGIES = {
    "Vwap": NativeAlgorithm.VWAP,
    "Twap": NativeAlgorithm.TWAP,
    "ArrivalPx": NativeAlgorithm.ARRIVAL_PRICE,
    "PctVol": NativeAlgorithm.PERCENT_OF_VOLUME,
    "Adaptive": NativeAlgorithm.ADAPTIVE,
}
TIMES = frozenset({"startTime", "endTime"})
TAGS = {
    "Vwap": TIMES | {"maxPctVol", "allowPastEndTime", "noTakeLiq", "speedUp"},
    "Twap": TIMES | {"strategyType", "allowPastEndTime"},
    "ArrivalPx": TIMES | {"maxPctVol", "riskAversion", "forceCompletion", "allowPastEndTime"},
    "PctVol": TIMES | {"pctVol", "noTakeLiq"},
    "Adaptive": frozenset({"adaptivePriority"}),
}
"""The parameters that each algorithm knows; any other is an error."""
PACES: Mapping[str, Pace] = {
    "Passive": "patient",
    "Patient": "patient",
    "Neutral": "normal",
    "Normal": "normal",
    "Aggressive": "urgent",
    "Get Done": "urgent",
    "Urgent": "urgent",
}


class UnreadableError(ValueError):
    """A message whose fields make no sense; TWS answers it with error 320 or 321."""


def native_order(name: str, tags: Tags, session: date) -> NativeOrder:
    """session: the day that times of day are of. Raises: UnreadableError."""
    if name not in STRATEGIES:
        raise UnreadableError(f"the algorithm {name!r} is not known here")
    told = dict(tags)
    if unknown := told.keys() - TAGS[name]:
        raise UnreadableError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    try:
        return NativeOrder(
            algorithm=STRATEGIES[name],
            start=_instant(told.get("startTime", ""), session),
            end=_instant(told.get("endTime", ""), session),
            max_participation_pct=_percent(told.get("maxPctVol") or told.get("pctVol")),
            pace=PACES[told.get("riskAversion") or told.get("adaptivePriority") or "Normal"],
        )
    except (KeyError, ValueError, InvalidOperation) as wrong:
        raise UnreadableError(f"{name}: {wrong}") from wrong


def _percent(part: str | None) -> Decimal | None:
    """`0.1` is 10 percent. Raises: ValueError beyond the half of the volume that IB allows."""
    if part is None:
        return None
    percent = Decimal(part) * 100
    if not 0 < percent <= 50:
        raise ValueError(f"{part} of the volume is not between 0.01 and 0.5")
    return percent


def _instant(at: str, session: date) -> datetime | None:
    """`09:45:00 US/Eastern`. Raises: ValueError."""
    if not at:
        return None
    clock = datetime.strptime(at, "%H:%M:%S US/Eastern").time()  # noqa: DTZ007 - the zone stands in the text
    day = date(session.year, session.month, session.day)
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)
