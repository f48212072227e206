"""True stories of one order at a broker, made up at random; the broker keeps its own plain book of what is true."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tasks.model.order_records import OrderEvent
from tasks.model.orders import Execution, OrderState, Side

OPEN = datetime(2022, 12, 28, 14, 30, tzinfo=UTC)
CENT = Decimal("0.01")
SENT, UNKNOWN = OrderState.SENT, OrderState.UNKNOWN
ENDS = (OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REPLACED)
ACTIONS = ("fill", "fill", "fill", "overfill", "correct", "correct", "bust", "bust", "end", "lie", "wait")


@dataclass
class Trade:
    """One trade with all versions that were told of it; only its newest figures are true."""

    versions: list[Execution]

    @property
    def now(self) -> Execution:
        return self.versions[-1]


@dataclass
class Story:
    """A broker's own book of one order: figures overwritten in place, as a book is kept; and what it told of it."""

    ordered: Decimal
    side: Side
    words: list[OrderEvent] = field(default_factory=list)
    trades: list[Trade] = field(default_factory=list)
    seconds: int = 0
    works: bool = True
    is_honest: bool = True
    """False once a word was a lie: an end of an order that lives."""
    late_fill: bool = False
    unfilled: bool = False
    """Whether a bust or correction ever took back what had filled it."""

    @property
    def filled(self) -> Decimal:
        return sum((trade.now.shares for trade in self.trades), Decimal(0))

    @property
    def notional(self) -> Decimal:
        return sum((trade.now.shares * trade.now.price for trade in self.trades), Decimal(0))

    @property
    def fee(self) -> Decimal:
        return sum((trade.now.fee for trade in self.trades), Decimal(0))

    @property
    def executions(self) -> list[Execution]:
        return [version for trade in self.trades for version in trade.versions]

    @property
    def now(self) -> datetime:
        return OPEN + timedelta(seconds=self.seconds)

    @property
    def word(self) -> OrderState:
        """What the broker says of the order when it is asked at the end."""
        return self.words[-1].state

    def state(self) -> OrderState:
        """What the order is at the end, when the broker has been honest."""
        if self.filled >= self.ordered:
            return OrderState.FILLED
        if self.word in (*ENDS, OrderState.REJECTED):
            ended = self.words[-1].at
            last = [trade.versions[0].at for trade in self.trades if trade.now.shares]
            lived_on = any(at > ended or not self.acknowledged for at in last)
            return OrderState.PARTIALLY_FILLED if lived_on else self.word
        if self.filled > 0 or self.word in (OrderState.FILLED, OrderState.PARTIALLY_FILLED):
            return OrderState.PARTIALLY_FILLED
        return self.word

    @property
    def acknowledged(self) -> bool:
        return any(word.broker_order_id for word in self.words)

    def say(self, state: OrderState) -> None:
        known = self.acknowledged or state is OrderState.ACCEPTED
        self.words.append(OrderEvent("k", state, self.now, "b1" if known else ""))

    def trade(self, shares: Decimal, price: Decimal, fee: Decimal) -> None:
        name = f"e{len(self.trades)}"
        self.trades.append(Trade([Execution(name, "k", "XOM", self.side, shares, price, fee, self.now, "main")]))
        self.late_fill = self.late_fill or not self.works
        if self.works:
            full = self.filled >= self.ordered
            self.say(OrderState.FILLED if full else OrderState.PARTIALLY_FILLED)
            self.works = not full

    def correct(self, trade: Trade, shares: Decimal, price: Decimal, *, is_dated_back: bool) -> None:
        old = trade.now
        was_full = self.filled >= self.ordered
        name = f"{trade.versions[0].execution_id}.{len(trade.versions)}"
        at = old.at if is_dated_back else self.now
        trade.versions.append(
            replace(old, execution_id=name, shares=shares, price=price, at=at, supersedes=old.execution_id)
        )
        self.unfilled = self.unfilled or (was_full and self.filled < self.ordered)

    def reopen(self) -> None:
        """After a bust the broker may work the order again, and says so."""
        if self.word is OrderState.FILLED and self.filled < self.ordered:
            self.works = True
            self.say(OrderState.PARTIALLY_FILLED)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """An order that is accepted, fills, is corrected, busted, overfilled, ended, and sometimes lied about."""
    unit = draw(st.sampled_from([Decimal(1), Decimal("0.000000001")]))
    story = Story(draw(st.integers(1, 100)) * unit, draw(st.sampled_from(Side)))
    story.say(OrderState.INTENDED)
    for state in draw(st.sampled_from([(SENT,), (SENT, UNKNOWN), (SENT, UNKNOWN, SENT), (SENT, UNKNOWN)])):
        story.seconds += 1
        story.say(state)
    if story.word is UNKNOWN and draw(st.integers(0, 2)) == 0:
        _lose(draw, story, unit)
    story.seconds += 1
    story.works = not story.trades and draw(st.integers(0, 4)) > 0
    story.say(OrderState.ACCEPTED if story.works else OrderState.REJECTED)
    for action in draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=10)):
        story.seconds += draw(st.integers(1, 3))
        _act(draw, story, action, unit)
    return story


def _lose(draw: st.DrawFn, story: Story, unit: Decimal) -> None:
    """The order arrived and trades, but the way back is lost: it will be called rejected, as never arrived."""
    story.seconds += 1
    story.works = False
    story.trade(draw(st.integers(1, int(story.ordered / unit))) * unit, Decimal(100), CENT)


def _act(draw: st.DrawFn, story: Story, action: str, unit: Decimal) -> None:
    price = draw(st.integers(9_900, 10_100)) * CENT
    open_shares = max(story.ordered - story.filled, Decimal(0))
    if action == "fill" and open_shares:
        part = draw(st.integers(1, int(open_shares / unit))) * unit
        story.trade(draw(st.sampled_from([part, part, open_shares])), price, draw(st.integers(0, 3)) * CENT)
    elif action == "overfill":
        story.trade(open_shares + draw(st.integers(1, 50)) * unit, price, CENT)
    elif action in ("correct", "bust") and story.trades:
        trade = draw(st.sampled_from(story.trades))
        shares = draw(st.integers(1, 120)) * unit if action == "correct" else Decimal(0)
        story.correct(trade, shares, price, is_dated_back=draw(st.booleans()))
        if draw(st.booleans()):
            story.reopen()
    elif action == "end" and story.works:
        story.say(draw(st.sampled_from(ENDS)))
        story.works = False
    elif action == "lie" and story.works:
        story.say(draw(st.sampled_from([OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED])))
        story.is_honest = False
