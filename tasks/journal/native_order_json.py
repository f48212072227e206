"""A broker's own algorithm as the journal keeps it: plain JSON, every digit, times in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tasks.model.orders import NativeAlgorithm, NativeOrder


def written_native(order: NativeOrder) -> dict[str, Any]:
    """Instants as ISO 8601, percent as text, so that what is read back is equal to the last digit."""
    return {
        "algorithm": order.algorithm.value,
        "start": _written(order.start),
        "end": _written(order.end),
        "max_participation_pct": None if order.max_participation_pct is None else f"{order.max_participation_pct:f}",
        "pace": order.pace,
    }


def read_native(row: Mapping[str, Any]) -> NativeOrder:
    """From what `written_native` wrote. Raises: KeyError for another shape."""
    cap = row["max_participation_pct"]
    return NativeOrder(
        algorithm=NativeAlgorithm(row["algorithm"]),
        start=_read(row["start"]),
        end=_read(row["end"]),
        max_participation_pct=None if cap is None else Decimal(cap),
        pace=row["pace"],
    )


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
