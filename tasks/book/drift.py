"""When a book trades at all, and how far."""

from typing import Literal

from pydantic import Field

from tasks.book.section import Section


class DriftSettings(Section):
    """Section `drift`: when a book is traded, and how far towards its target."""

    absolute_band_pct: float | None = Field(
        default=1.0,
        gt=0,
        le=100,
        description="Trade when a weight (cash included) is this many percentage points off its target.",
    )
    relative_band_pct: float | None = Field(
        default=None, gt=0, le=1000, description="Trade when a weight is off by this percentage of its target."
    )
    calendar: Literal["never", "daily", "weekly", "monthly"] = Field(
        default="never", description="Trade on this rhythm whatever the drift."
    )
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday"] = Field(
        default="friday", description="For `weekly`; a holiday means the preceding session."
    )
    month_day: int = Field(
        default=31,
        ge=1,
        le=31,
        description="For `monthly`: day of the month, the last one when shorter; a holiday means the preceding "
        "session.",
    )
    catch_up: bool = Field(
        default=False,
        description="For `weekly` and `monthly`: when the session of that day was not worked (the machine was off, "
        "the run stopped), rebalance on the next one. Either way the next session says that it was missed.",
    )
    cooldown_sessions: int = Field(
        default=0, ge=0, le=252, description="Sessions to wait after a rebalance before bands may fire again."
    )
    cash_flow_pct: float | None = Field(
        default=None, gt=0, le=100, description="Trade when cash moved in or out exceeds this share of net asset value."
    )
    trade_to: Literal["target", "band_edge"] = Field(
        default="target", description="How far a symbol that left its band is brought back."
    )
    scope: Literal["all", "breached"] = Field(
        default="all",
        description="`all`: a trigger rebalances every symbol; `breached`: only those outside their band.",
    )
