"""Who must say yes, and for how long a yes holds."""

from decimal import Decimal

from pydantic import Field

from tasks.book.section import Section


class ApprovalSettings(Section):
    """Section `approval` of a book file: when a yes is asked for, and how long it holds."""

    expires_after_min: int = Field(
        default=240, ge=1, le=10080, description="Execution must begin this long after the yes."
    )
    price_band_pct: float = Field(
        default=5.0,
        gt=0,
        le=50,
        description="A yes holds while every traded price stays within this band of its decision price.",
    )
    ask_timeout_min: int = Field(
        default=60, ge=1, le=1440, description="How long the run waits for an answer; silence means no."
    )
    four_eyes: bool = Field(
        default=False,
        description="Two different people must say yes, in every mode; a liquidation needs one.",
    )
    auto_below_turnover_pct: float = Field(
        default=10.0, ge=0, le=400, description="For `semi_auto`: plans with less turnover approve themselves."
    )
    single_order_usd: Decimal = Field(
        default=Decimal(1_000_000), gt=0, description="For `semi_auto`: an order above it goes only when named singly."
    )
    single_order_adv_pct: float = Field(
        default=5.0, gt=0, le=100, description="The same for an order above this share of its average daily volume."
    )
