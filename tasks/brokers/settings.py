"""Which broker and account, and how the simulated one behaves."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from tasks.settings import Section


class SimulatedSettings(Section):
    seed: int = Field(default=7, ge=0, description="Same seed, same market, same fills.")
    opening_cash_usd: Decimal = Field(default=Decimal(1_000_000), ge=0, description="Cash of a new account.")
    opening_shares: dict[str, Decimal] = Field(default={}, description="Positions of a new account.")
    fee_per_share_usd: Decimal = Field(default=Decimal("0.0035"), ge=0, description="Commission.")
    fee_minimum_usd: Decimal = Field(
        default=Decimal("0.35"), ge=0, description="Least commission of one child order that fills."
    )
    half_spread_bps: float = Field(
        default=2.0, ge=0, le=500, description="Where the market is modelled: half the quoted spread."
    )
    daily_volume_usd: float = Field(
        default=500e6, gt=0, description="Where the source has no volume: each symbol's volume of a day."
    )
    daily_volatility_pct: float = Field(
        default=1.5, gt=0, le=50, description="Where the source has no history: used for the modelled path and impact."
    )
    impact_coefficient: float = Field(default=1.0, ge=0, le=20, description="Square-root impact of our own trades.")
    impact_halflife_min: float = Field(default=30.0, gt=0, description="Time after which half of our impact is gone.")
    max_participation_pct: float = Field(
        default=25.0, gt=0, le=100, description="Largest share of a minute's volume our orders can fill."
    )
    open_auction_volume_pct: float = Field(
        default=2.0, ge=0, le=50, description="Share of a modelled day's volume in the opening auction."
    )
    close_auction_volume_pct: float = Field(
        default=8.0, ge=0, le=50, description="Share of a modelled day's volume in the closing auction."
    )
    fractional: bool = Field(default=False, description="Whether this broker takes fractions of shares.")


class BrokerSettings(Section):
    name: Literal["simulated"] = Field(default="simulated", description="Which broker.")
    account: str = Field(default="main", min_length=1, max_length=40, description="Account at the broker.")
    live: bool = Field(default=False, description="true only for real money; the simulated broker refuses it.")
    simulated: SimulatedSettings = Field(default=SimulatedSettings(), description="For the simulated broker.")
