"""What trips a breaker, and whether the book is then only reducing or halted."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from tasks.book.section import Section

Then = Literal["reducing", "halted"]


class DailyLossBreaker(Section):
    """Section `breakers.daily_loss`."""

    max_pct: float | None = Field(
        default=8.0,
        gt=0,
        le=100,
        description="Largest loss since the last valuation, in percent of the net asset value it began with; money in "
        "and out and what a person booked do not count. null switches this breaker off.",
    )
    then: Then = Field(default="reducing", description="What the book is set to when it trips.")


class DrawdownBreaker(Section):
    """Section `breakers.drawdown`."""

    max_pct: float | None = Field(
        default=30.0,
        gt=0,
        le=100,
        description="Furthest below the highest valuation on record, in percent of it. null switches this breaker off.",
    )
    then: Then = Field(default="reducing", description="What the book is set to when it trips.")


class SlippageBreaker(Section):
    """Section `breakers.slippage`."""

    max_bps: float | None = Field(
        default=300.0,
        gt=0,
        description="Most that the session's fills may cost beyond the plan's estimate, fees included, against the "
        "prices at arrival and in basis points of what was traded. null switches this breaker off.",
    )
    least_traded_usd: Decimal = Field(default=Decimal(50_000), ge=0, description="It measures from this turnover on.")
    then: Then = Field(default="halted", description="What the book is set to when it trips.")


class RejectBreaker(Section):
    """Section `breakers.rejects`."""

    max_pct: float | None = Field(
        default=30.0,
        ge=0,
        le=100,
        description="Largest share of the session's sent orders that the broker refuses. null switches this breaker "
        "off.",
    )
    least_orders: int = Field(default=20, ge=1, description="It measures from this many sent orders on.")
    then: Then = Field(default="halted", description="What the book is set to when it trips.")


class UnknownBreaker(Section):
    """Section `breakers.unknown`."""

    max_orders: int | None = Field(
        default=5,
        ge=0,
        description="Most orders of the session whose fate nobody knows at one moment. null switches this breaker off.",
    )
    then: Then = Field(default="halted", description="What the book is set to when it trips.")


class StaleDataBreaker(Section):
    """Section `breakers.stale_data`."""

    max_age_s: float | None = Field(
        default=300.0,
        gt=0,
        description="Greatest age of the newest quote while the market is open, in seconds by the broker's clock. null "
        "switches this breaker off.",
    )
    max_missing_pct: float | None = Field(
        default=50.0,
        ge=0,
        le=100,
        description="Largest share of the held and ordered symbols without a quote while the market is open. null "
        "switches this breaker off.",
    )
    then: Then = Field(default="halted", description="What the book is set to when it trips.")


class MessageRateBreaker(Section):
    """Section `breakers.message_rate`."""

    max_per_minute: int | None = Field(
        default=3000,
        ge=1,
        description="Most orders sent and cancelled within sixty seconds of the session. null switches this breaker "
        "off.",
    )
    then: Then = Field(default="halted", description="What the book is set to when it trips.")


class BreakerSettings(Section):
    """Section `breakers`: what sets a book to reducing or halted without a person."""

    daily_loss: DailyLossBreaker = Field(default=DailyLossBreaker(), description="The day loses too much.")
    drawdown: DrawdownBreaker = Field(default=DrawdownBreaker(), description="The book is far below its high water.")
    slippage: SlippageBreaker = Field(default=SlippageBreaker(), description="Trading costs more than estimated.")
    rejects: RejectBreaker = Field(default=RejectBreaker(), description="The broker refuses many orders.")
    unknown: UnknownBreaker = Field(default=UnknownBreaker(), description="Many orders have no known fate.")
    stale_data: StaleDataBreaker = Field(default=StaleDataBreaker(), description="The market data stands still.")
    message_rate: MessageRateBreaker = Field(default=MessageRateBreaker(), description="Orders are sent too fast.")
