"""How orders are worked through the day."""

from typing import Literal

from pydantic import Field, model_validator

from tasks.book.experiment import ExperimentSettings
from tasks.book.section import Section
from tasks.model.orders import Algorithm

WHOLE_DAY_MIN = 390
LEAST_WINDOW_MIN = 10


class ExecutionSettings(Section):
    """Section `execution`: algorithm, window and waves of a session."""

    algorithm: Literal["auto"] | Algorithm = Field(
        default="auto",
        description="One algorithm for all orders, or `auto`: by share of average daily volume and of the book.",
    )
    by_symbol: dict[str, Algorithm] = Field(default={}, description="Algorithm for single symbols.")
    waves: int = Field(
        default=13,
        ge=1,
        le=390,
        description="Time buckets of the trading window; all slices due in one are sent together.",
    )
    start_after_open_min: int = Field(
        default=5,
        ge=0,
        le=380,
        description="First wave, minutes after the open: 210 is 13:00 in New York. On a half day without room for it, "
        "as long before the close as on a whole day.",
    )
    stop_before_close_min: int = Field(
        default=10, ge=1, le=380, description="Deadline, minutes before the close; auctions have their own."
    )
    worked_by: Literal["slices", "broker"] = Field(
        default="slices",
        description="`broker`: an order goes once to the broker's own algorithm, where it has one, and is cancelled at "
        "the deadline; every other order is sliced wave by wave, as all are with `slices`.",
    )
    child_order: Literal["market", "limit"] = Field(default="limit", description="What slices are sent as.")
    limit_offset_bps: float = Field(
        default=5.0,
        ge=-100,
        le=500,
        description="How far beyond the far touch a limit child may pay; negative is passive.",
    )
    max_participation_pct: float = Field(
        default=10.0, gt=0, le=50, description="Cap on our share of the market's volume in every wave."
    )
    risk_aversion: float = Field(default=1e-6, gt=0, description="Lambda of Almgren-Chriss, per USD.")
    unknown_deadline_min: float = Field(
        default=15.0, gt=0, le=390, description="An order without an answer for this long becomes a person's ticket."
    )
    reconcile_every_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="While a real broker's clock is waited for between waves: orders, fills, positions and cash are "
        "compared this often, in seconds; a break locks its symbol before the next wave. 0 leaves it to the waves.",
    )
    leftover: Literal["sweep", "cancel"] = Field(
        default="sweep", description="At the deadline the unfilled rest is swept with a market order, or cancelled."
    )

    experiment: ExperimentSettings = Field(
        default=ExperimentSettings(),
        description="Draws the algorithm of orders by lot, so that a report can compare algorithms.",
    )

    @model_validator(mode="after")
    def _window(self) -> "ExecutionSettings":
        if self.start_after_open_min + self.stop_before_close_min > WHOLE_DAY_MIN - LEAST_WINDOW_MIN:
            raise ValueError(
                f"start_after_open_min plus stop_before_close_min leave no window of {LEAST_WINDOW_MIN} minutes on a "
                f"whole day ({WHOLE_DAY_MIN} minutes); lower start_after_open_min or stop_before_close_min"
            )
        return self

    def starts_after_min(self, session_min: int) -> int:
        """Minutes from the open to the first wave of a session of so many minutes.

        Where a half day has no room for the window, it begins as long before the close as on a whole day.
        """
        start = self.start_after_open_min
        if start + self.stop_before_close_min < session_min:
            return start
        return max(0, min(start, start - (WHOLE_DAY_MIN - session_min)))
