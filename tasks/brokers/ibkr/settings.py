"""Where TWS or IB Gateway listens, and how patient and how fast we are with it; there is no secret in it."""

from decimal import Decimal

from pydantic import Field

from tasks.settings import Section

FASTEST = 38
"""Messages a second: with a burst it stays below the 50 at which TWS ends a connection."""


class IbkrSettings(Section):
    host: str = Field(default="127.0.0.1", min_length=1, description="Machine that runs TWS or IB Gateway.")
    port: int = Field(
        default=4002, ge=1, le=65535, description="Its API port: 4002 or 7497 for paper, 4001 or 7496 live."
    )
    client_id: int = Field(
        default=71, ge=1, le=999_999, description="One number for each deployment: it owns its orders."
    )
    messages_per_second: int = Field(default=30, ge=1, le=FASTEST, description="Most messages that we send.")
    answer_seconds: float = Field(default=10.0, gt=0, le=120, description="How long a question may take.")
    ack_seconds: float = Field(default=5.0, gt=0, le=60, description="How long an order may stay without a sign.")
    commission_seconds: float = Field(
        default=60.0, ge=0, le=3600, description="How long a fill waits for its commission before it counts without."
    )
    time_zone: str = Field(
        default="America/New_York", min_length=1, description="Zone of the login, for times that TWS tells without one."
    )
    primary_exchanges: dict[str, str] = Field(
        default={},
        description="Listing exchange of symbols that mean several stocks, as `{ABC: NYSE}`.",
        examples=[{"ABC": "NYSE"}],
    )
    share_step: Decimal = Field(
        default=Decimal(1),
        gt=0,
        le=1,
        description="Smallest quantity; below 1 only where the account trades fractions.",
    )
