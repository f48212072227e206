"""The breakers (drawdown, loss of the day, rejects ...): each compares one figure with its limit; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tasks.book.breakers import BreakerSettings
from tasks.model.account import HaltState
from tasks.wording import counted, dollars

ZERO = Decimal(0)
WORSE = Decimal("0.2")
"""After a resume within a session, a breach counts again when it has grown by this share of its limit."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; None is: not known, and then nothing trips."""

    loss_pct: Decimal | None = None
    """Since the last valuation; a profit is negative."""
    drawdown_pct: Decimal | None = None
    traded_usd: Decimal = ZERO
    cost_usd: Decimal = ZERO
    """Of the session's fills against arrival, fees included; positive hurts."""
    estimated_usd: Decimal = ZERO
    """What the plan expected the same fills to cost."""
    sent: int = 0
    rejected: int = 0
    unknown: int = 0
    quote_age_s: Decimal | None = None
    """Of the newest quote; None while the market is closed."""
    wanted_quotes: int = 0
    """Symbols held or ordered while the market is open."""
    missing_quotes: tuple[str, ...] = ()
    messages_per_minute: int = 0
    """In the session's busiest sixty seconds."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One breaker that tripped: what it measured, against which limit."""

    breaker: str
    """Name of its section in the book file."""
    state: HaltState
    measured: Decimal
    limit: Decimal
    unit: str
    sentence: str
    is_about_the_market: bool = True
    """Otherwise it is about our own orders, and a liquidation too must stop for it."""
    more: Mapping[str, object] = field(default_factory=dict[str, object])


Breaker = Callable[[Figures, BreakerSettings], Trip | None]


def the_day_loses_too_much(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit, in percent of the last valuation; deposits do not count."""
    limit, loss = _limit(settings.daily_loss.max_pct), figures.loss_pct
    if limit is None or loss is None or loss <= limit:
        return None
    sentence = f"the book lost {loss:.2f} % since its last valuation, its limit is {limit:f} %"
    return Trip("daily_loss", HaltState(settings.daily_loss.then), loss, limit, "percent", sentence)


def the_book_is_far_below_its_high_water(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit, in percent of the highest valuation."""
    limit, fall = _limit(settings.drawdown.max_pct), figures.drawdown_pct
    if limit is None or fall is None or fall <= limit:
        return None
    sentence = f"the book is {fall:.2f} % below its high water, its limit is {limit:f} %"
    return Trip("drawdown", HaltState(settings.drawdown.then), fall, limit, "percent", sentence)


def trading_costs_more_than_estimated(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit in bps of what was traded; silent below `least_traded_usd`."""
    limit, traded = _limit(settings.slippage.max_bps), figures.traded_usd
    if limit is None or not traded or traded < settings.slippage.least_traded_usd:
        return None
    beyond = (figures.cost_usd - figures.estimated_usd) / traded * 10_000
    if beyond <= limit:
        return None
    sentence = (
        f"fills worth {dollars(traded, 0)} cost {dollars(figures.cost_usd)}, the plan expected "
        f"{dollars(figures.estimated_usd)}: "
        f"{beyond:.1f} bps more, the limit is {limit:f} bps"
    )
    more = {name: float(getattr(figures, name)) for name in ("traded_usd", "cost_usd", "estimated_usd")}
    return Trip("slippage", HaltState(settings.slippage.then), beyond, limit, "bps", sentence, more=more)


def the_broker_refuses_too_many_orders(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit in percent of sent orders; silent below `least_orders`."""
    limit = _limit(settings.rejects.max_pct)
    if limit is None or figures.sent < settings.rejects.least_orders:
        return None
    rate = Decimal(100 * figures.rejected) / figures.sent
    if rate <= limit:
        return None
    sentence = (
        f"the broker refused {figures.rejected} of {counted(figures.sent, 'order')}, {rate:.1f} %; the "
        f"limit is {limit:f} %"
    )
    more = {"rejected": figures.rejected, "sent": figures.sent}
    state = HaltState(settings.rejects.then)
    return Trip("rejects", state, rate, limit, "percent", sentence, is_about_the_market=False, more=more)


def too_many_orders_are_unknown(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit, counted at this moment and not over the session."""
    limit, count = _limit(settings.unknown.max_orders), Decimal(figures.unknown)
    if limit is None or count <= limit:
        return None
    sentence = f"nobody knows the fate of {counted(count, 'order')}, the limit is {limit:f}"
    state = HaltState(settings.unknown.then)
    return Trip("unknown", state, count, limit, "orders", sentence, is_about_the_market=False)


def the_quotes_stand_still(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit, by the newest quote of all; silent while the market is closed."""
    limit, age = _limit(settings.stale_data.max_age_s), figures.quote_age_s
    if limit is None or age is None or age <= limit:
        return None
    sentence = f"the newest quote is {age:.0f} s old while the market is open, the limit is {limit:f} s"
    return Trip("stale_data", HaltState(settings.stale_data.then), age, limit, "seconds", sentence)


def too_many_quotes_are_missing(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit in percent of the symbols held or ordered."""
    limit, missing = _limit(settings.stale_data.max_missing_pct), figures.missing_quotes
    if limit is None or not figures.wanted_quotes:
        return None
    share = Decimal(100 * len(missing)) / figures.wanted_quotes
    if share <= limit:
        return None
    sentence = (
        f"{len(missing)} of {figures.wanted_quotes} held or ordered symbols have no quote while the market is open "
        f"({', '.join(missing[:5])}{', ...' if missing[5:] else ''}); the limit is {limit:f} %"
    )
    state = HaltState(settings.stale_data.then)
    return Trip("missing_quotes", state, share, limit, "percent", sentence, more={"symbols": list(missing)})


def orders_are_sent_too_fast(figures: Figures, settings: BreakerSettings) -> Trip | None:
    """Trips above the limit, in the busiest sixty seconds of the session."""
    limit, rate = _limit(settings.message_rate.max_per_minute), Decimal(figures.messages_per_minute)
    if limit is None or rate <= limit:
        return None
    sentence = f"{counted(rate, 'order was', 'orders were')} sent and cancelled within a minute, the limit is {limit:f}"
    state = HaltState(settings.message_rate.then)
    return Trip("message_rate", state, rate, limit, "messages a minute", sentence, is_about_the_market=False)


BREAKERS: tuple[Breaker, ...] = (
    the_day_loses_too_much,
    the_book_is_far_below_its_high_water,
    trading_costs_more_than_estimated,
    the_broker_refuses_too_many_orders,
    too_many_orders_are_unknown,
    the_quotes_stand_still,
    too_many_quotes_are_missing,
    orders_are_sent_too_fast,
)


def tripped(figures: Figures, settings: BreakerSettings) -> tuple[Trip, ...]:
    """Every breaker that trips on these figures."""
    found = (breaker(figures, settings) for breaker in BREAKERS)
    return tuple(trip for trip in found if trip is not None)


def is_worse(trip: Trip, before: Decimal) -> bool:
    """Whether a breach has grown enough, since it was measured as `before`, to stop a book that a person resumed."""
    return trip.measured > before and trip.measured >= before + WORSE * trip.limit


def _limit(value: float | int | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
