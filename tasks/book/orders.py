"""From target weights to orders, and the gate in front of the broker."""

from decimal import Decimal

from pydantic import Field

from tasks.book.breakers import BreakerSettings
from tasks.book.heartbeat import HeartbeatSettings
from tasks.book.section import Section
from tasks.model.commission import Commission


class OrderSettings(Section):
    """Section `orders`: what is worth an order, and what one costs."""

    fractional: bool = Field(default=False, description="Trade fractions of shares where the broker takes them.")
    min_trade_usd: Decimal = Field(
        default=Decimal(100), ge=0, description="Smaller trades are not worth their cost and become non-trades."
    )
    fee_per_share_usd: Decimal = Field(
        default=Decimal("0.0035"), ge=0, description="Commission used to size buys and to estimate cost."
    )
    fee_minimum_usd: Decimal = Field(default=Decimal("0.35"), ge=0, description="Least commission of one order.")
    buy_price_buffer_bps: float = Field(
        default=50.0, ge=0, le=1000, description="Buys are sized as if prices rose by this much before they fill."
    )

    @property
    def commission(self) -> Commission:
        """What the book expects its brokers to take."""
        return Commission(self.fee_per_share_usd, self.fee_minimum_usd)


class GateSettings(Section):
    """Section `risk`: what every order is held against when planned, and again before it is sent."""

    max_order_usd: Decimal | None = Field(default=None, gt=0, description="Largest single order.")
    max_order_nav_pct: float = Field(
        default=25.0, gt=0, le=100, description="Largest single order as a share of net asset value."
    )
    max_position_pct: float = Field(
        default=30.0, gt=0, le=100, description="Largest position after the trade (concentration)."
    )
    price_collar_pct: float = Field(
        default=10.0, gt=0, le=50, description="Furthest the live price may be from the decision price."
    )
    max_participation_pct: float = Field(
        default=10.0, gt=0, le=100, description="Largest order as a share of average daily volume."
    )
    max_run_turnover_pct: float = Field(
        default=100.0, gt=0, le=400, description="Sum of absolute trades of a run as a share of net asset value."
    )
    max_run_orders: int = Field(default=1000, ge=1, description="Most orders of one run.")
    restricted: tuple[str, ...] = Field(default=(), description="Symbols that are never traded.")
    heartbeat: HeartbeatSettings = Field(
        default=HeartbeatSettings(), description="Whose sign of life the book trades under."
    )
    breakers: BreakerSettings = Field(
        default=BreakerSettings(), description="What stops the book by itself while it trades."
    )
