"""Which broker and account; how the simulated one behaves, and how Alpaca and TWS are reached. No key is in it."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from tasks.book.faults import Fault
from tasks.book.section import Section
from tasks.model.commission import Commission


class AlpacaSettings(Section):
    """Section `broker.alpaca`: trading, and the quotes it trades by; past prices have settings of their own."""

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


FASTEST = 38
"""Messages a second: with a burst it stays below the 50 at which TWS ends a connection."""


class IbkrSettings(Section):
    """Section `broker.ibkr`: the running TWS or IB Gateway that trades."""

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


class SimulatedSettings(Section):
    """Section `broker.simulated`: account, market and faults of our own broker."""

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
    unique_keys: bool = Field(
        default=True,
        description="Whether a client order id seen before gives back its order; false: it makes a second order, as at "
        "Interactive Brokers, and only the newest connection may send.",
    )
    faults: tuple[Fault, ...] = Field(default=(), description="Lies this broker tells on purpose, to test with.")

    @property
    def commission(self) -> Commission:
        """What the simulated broker takes."""
        return Commission(self.fee_per_share_usd, self.fee_minimum_usd)


BrokerName = Literal["simulated", "alpaca", "ibkr"]
SEVERAL: Final = "several"
"""Instead of a broker's name: those under `parts`."""


class OneBroker(Section):
    """One account at one broker."""

    account: str = Field(default="main", min_length=1, max_length=40, description="Account at the broker.")
    credentials_block: str = Field(
        default="",
        description="Prefect Secret block with the key and secret as JSON; empty: they come from the environment.",
    )
    simulated: SimulatedSettings = Field(default=SimulatedSettings(), description="For the simulated broker.")
    alpaca: AlpacaSettings = Field(default=AlpacaSettings(), description="For Alpaca.")
    ibkr: IbkrSettings = Field(default=IbkrSettings(), description="For Interactive Brokers: TWS or IB Gateway.")

    def in_market(self, settings: Mapping[str, object]) -> Self:
        """The same account where the simulated market behaves so, whatever else the book says of it."""
        return self.model_copy(update={"simulated": self.simulated.model_copy(update=settings)})


class PartSettings(OneBroker):
    """One of several brokers, under its tag in `broker.parts`."""

    name: BrokerName = Field(description="Which broker.")


class RouteSettings(Section):
    """Of all routes the first that fits an order decides; every condition that is given has to hold."""

    symbols: tuple[str, ...] = Field(default=(), description="Only these symbols; empty: any.")
    side: Literal["", "BUY", "SELL"] = Field(default="", description="Only buys, or only sells.")
    needs: Literal["", "fractions", "auction", "native"] = Field(
        default="", description="Only orders with fractions, in an auction, or worked by the broker's own algorithm."
    )
    to: dict[str, float] = Field(
        description="Tag of a broker and its share of the order in percent; together 100. 0 takes only what the others "
        "have no room for. Shares are sold where they are held, also beside the route."
    )

    @field_validator("to")
    @classmethod
    def _adds_up(cls, to: dict[str, float]) -> dict[str, float]:
        if any(percent < 0 for percent in to.values()) or abs(sum(to.values()) - 100) > 1e-6:
            told = ", ".join(f"{tag} {percent:g}" for tag, percent in to.items()) or "no shares"
            raise ValueError(f"{told} add up to {sum(to.values()):g} %; write shares of at least 0 that make 100")
        return to


class BrokerSettings(OneBroker):
    """Section `broker`: who executes, and under which account."""

    name: BrokerName | Literal["several"] = Field(
        default="simulated", description="Which broker; `several`: those under `parts`."
    )
    live: bool = Field(default=False, description="true only for real money; the simulated broker refuses it.")
    parts: dict[str, PartSettings] = Field(
        default={},
        description="For `several`: each broker under a tag of one small letter. The tag is part of every client "
        "order id sent there: never give a used one to another broker. The first is preferred.",
    )
    routes: tuple[RouteSettings, ...] = Field(
        default=(),
        description="For `several`: which orders go where; what fits no route goes to the preferred one.",
        examples=[({"to": {"a": 100}},)],
    )

    def trading(self) -> Iterator[tuple[str, BrokerName, OneBroker]]:
        """Tag, broker and settings of every account that the book trades; a book's only one has no tag."""
        if self.name == SEVERAL:
            for tag, part in self.parts.items():
                yield tag, part.name, part
        else:
            yield "", self.name, self

    def accounts_at(self, broker: str) -> list[OneBroker]:
        """Those of them at one broker."""
        return [one for _, name, one in self.trading() if name == broker]

    @model_validator(mode="after")
    def _parts_make_sense(self) -> Self:
        """Raises: ValueError that names the part or route, what is wrong, and the remedy."""
        if self.name != SEVERAL:
            if self.parts or self.routes:
                raise ValueError("parts and routes belong to `name: several`; leave them out, or set name: several")
            return self
        _check_parts(self.parts)
        for number, route in enumerate(self.routes, start=1):
            unknown = sorted(route.to.keys() - self.parts.keys())
            if unknown:
                raise ValueError(
                    f"routes: number {number} leads to {', '.join(unknown)}; write one of {', '.join(self.parts)} there"
                )
        return self


def _check_parts(parts: dict[str, PartSettings]) -> None:
    if not parts:
        raise ValueError(
            "`name: several` has no `parts`, each broker under a tag of one small letter; write e.g. "
            "parts: {a: {name: alpaca}, i: {name: ibkr}}"
        )
    wrong = [tag for tag in parts if not re.fullmatch("[a-z]", tag)]
    if wrong:
        raise ValueError(f"parts: the tag {wrong[0]!r} is not one small letter; use a, b, c, ...")
    accounts = [(part.name, part.account) for part in parts.values()]
    twice = sorted({f"{account} at {name}" for name, account in accounts if accounts.count((name, account)) > 1})
    if twice:
        raise ValueError(f"parts: account {', '.join(twice)} is named twice; give each part an account of its own")
