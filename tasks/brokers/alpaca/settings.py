"""What of Alpaca a book can choose; key and secret are never among it."""

from typing import Literal

from pydantic import Field

from tasks.settings import Section


class AlpacaSettings(Section):
    feed: Literal["", "sip", "iex", "boats", "overnight"] = Field(
        default="", description="Feed of market data; empty leaves it to the subscription."
    )
    requests_a_minute: int = Field(
        default=200, ge=10, le=10_000, description="What the key may ask of the trading host, all processes together."
    )
    data_requests_a_minute: int = Field(
        default=200, ge=10, le=10_000, description="The same of the data host; a paid plan has more."
    )
    advanced_orders: bool = Field(
        default=False, description="Whether the account may use Alpaca's own VWAP and TWAP (advanced instructions)."
    )
