"""What a book asks of its executions, shown beside what came of them."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from tasks.book.section import Section


class TcaSettings(Section):
    """Section `tca` of a book file. Nothing here changes what is traded."""

    fill_rate_pct: Decimal = Field(
        default=Decimal(95), gt=0, le=100, description="Least share of what was ordered, by value, that is filled."
    )
    time_to_fill_s: Decimal = Field(
        default=Decimal(2),
        gt=0,
        le=23400,
        description="Median seconds from sending a market order to its first fill; below.",
    )
    market_slippage_bps: Decimal = Field(
        default=Decimal(5), ge=0, le=1000, description="Cost of market orders against arrival, in bps; below."
    )
    limit_slippage_bps: Decimal = Field(
        default=Decimal(2), ge=0, le=1000, description="Cost of limit orders against arrival, in bps; below."
    )
    total_cost_bps: Decimal = Field(
        default=Decimal(25), ge=0, le=1000, description="Whole implementation shortfall of a session, in bps; below."
    )
    score: Decimal = Field(default=Decimal(85), ge=0, le=100, description="Least execution score, of 100.")
    score_thresholds_bps: tuple[Decimal, Decimal, Decimal] = Field(
        default=(Decimal(5), Decimal(15), Decimal(50)),
        description="Shortfalls in bps that score 85, 50 and 0, rising; no cost scores 100, and lines join them.",
    )

    reviewers: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(
        default=(),
        examples=[("Ada Byron", "Grace Hopper")],
        description="Who may review and sign reports; empty is anybody with a name. Nobody reviews what they approved.",
    )

    @field_validator("score_thresholds_bps")
    @classmethod
    def _rising(cls, value: tuple[Decimal, Decimal, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
        if not 0 < value[0] < value[1] < value[2]:
            shown = ", ".join(f"{threshold:f}" for threshold in value)
            raise ValueError(f"{shown} must rise and begin above 0; write score_thresholds_bps: [5, 15, 50]")
        return value
