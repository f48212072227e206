"""The parts of a drill on the simulated broker: halt, resume, liquidate, and what is measured of each."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.bootstrap import open_context, watcher
from flows.commands.halt import halt_book, resume_book
from flows.commands.lookup import journal_here
from flows.liquidate import liquidate
from flows.rebalance import rebalance
from tasks.context import StepEvent
from tasks.errors import HaltedError, SteelyardError
from tasks.model.cycle import Cycle
from tasks.model.order_states import WORKING
from tasks.model.orders import Cause, OrderState
from tasks.wording import counted

WHO, WHY = "the drill", "practice"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the drill, and whether it did what it must."""

    part: str
    passed: bool
    words: str
    seconds: float = 0.0
    """Wall time from the command to its full effect."""
    simulated_min: float = 0.0
    """What the broker's clock went on by in between."""
    orders_cancelled: int = 0
    orders_sent: int = 0
    """Sent after the command."""
    orders_left: int = 0
    """Working at the broker at the end of the part."""
    positions_left: int = 0

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Moment:
    """When a command was given, and what had been sent by then."""

    began: float = 0.0
    at: datetime | None = None
    sent: int = 0
    cancelled: int = 0


def practise(book: Path, name: str) -> tuple[Part, ...]:
    """Halt a session in the middle, resume it, halt it again and liquidate; a part that fails ends the drill."""
    parts: list[Part] = []
    for part in (_halt, _resume, _liquidate):
        try:
            parts.append(part(book, name))
        except SteelyardError as error:
            parts.append(Part(part.__name__.strip("_"), False, str(error)))
        if not parts[-1].passed:
            break
    return tuple(parts)


def _halt(book: Path, name: str) -> Part:
    """From the command to a broker without a working order, in a session with orders at work."""
    moment = Moment()
    _run_until_halted(book, name, moment, lambda cycle: _working(cycle) > 0)
    seconds = time.perf_counter() - moment.began
    with open_context(book, None, None, existing=True) as context:
        left, now = context.broker.open_orders(), context.broker.now()
    after = _moment(_cycle(name))
    sent, cancelled = after.sent - moment.sent, after.cancelled - moment.cancelled
    return Part(
        part="halt",
        passed=not left and not sent and cancelled > 0,
        words=f"{counted(sent, 'order')} sent after it, {cancelled} working ones cancelled, {len(left)} still work",
        seconds=seconds,
        simulated_min=_minutes(moment.at, now),
        orders_cancelled=cancelled,
        orders_sent=sent,
        orders_left=len(left),
    )


def _resume(book: Path, name: str) -> Part:
    """From the command to the first order sent again; then the session is halted once more."""
    before = _moment(_cycle(name))
    resume_book(name, WHO, WHY, every=False, as_json=True)
    flowing = Moment()
    _run_until_halted(book, name, flowing, lambda cycle: _moment(cycle).sent > before.sent)
    seconds, sent = flowing.began - before.began, flowing.sent - before.sent
    minutes = _minutes(before.at, flowing.at)
    return Part(
        "resume",
        sent > 0,
        f"{counted(sent, 'order was', 'orders were')} sent again",
        seconds,
        minutes,
        orders_sent=sent,
    )


def _liquidate(book: Path, name: str) -> Part:
    """From the command to a flat book, as told by the broker."""
    halt_book(name, WHO, WHY, reducing=True, every=False, as_json=True)
    began, before = time.perf_counter(), _moment(_cycle(name))
    told = liquidate(book=book, who=WHO, because=WHY)
    seconds = time.perf_counter() - began
    after = _moment(_cycle(name, "liquidation"))
    left, breaks = len(told["positions_left"]), told["breaks"]
    return Part(
        part="liquidate",
        passed=left == 0 and breaks == 0 and told["status"] == "done",
        words=f"{counted(told['orders'], 'order')}, {counted(told['fills'], 'fill')}, "
        f"{counted(left, 'position')} left, {counted(breaks, 'break')}",
        seconds=seconds,
        simulated_min=_minutes(before.at, after.at),
        orders_cancelled=after.cancelled,
        orders_sent=after.sent,
        positions_left=left,
    )


def _run_until_halted(book: Path, name: str, moment: Moment, due: Callable[[Cycle], bool]) -> None:
    """Run the session and give the command to halt after the first wave in which it is due.

    Raises: HaltedError when the session came to its end without it.
    """

    def hear(event: StepEvent) -> None:
        if moment.began or event.state != "done" or not event.step.startswith("wave "):
            return
        cycle = _cycle(name)
        if due(cycle):
            seen = _moment(cycle)
            moment.began, moment.at = time.perf_counter(), seen.at
            moment.sent, moment.cancelled = seen.sent, seen.cancelled
            halt_book(name, WHO, WHY, reducing=False, every=False, as_json=True)

    token = watcher.set(hear)
    try:
        rebalance(book=book, mode="full_auto")
    except HaltedError:
        if not moment.began:
            raise
        return
    finally:
        watcher.reset(token)
    raise HaltedError(
        f"the session of {name} ended before it could be halted: it had too little to trade. Drill with a book that "
        "trades over several waves"
    )


def _cycle(name: str, kind: str = "rebalance") -> Cycle:
    with journal_here() as journal:
        return next(cycle for cycle in journal.cycles.all(name) if cycle.kind == kind)


def _working(cycle: Cycle) -> int:
    with journal_here() as journal:
        return sum(1 for piece in journal.orders.slices(cycle.cycle_id) if piece.state in WORKING)


def _moment(cycle: Cycle) -> Moment:
    """What is on record now; an order that the halt withheld counts neither as sent nor as cancelled."""
    with journal_here() as journal:
        events = journal.orders.events(cycle.cycle_id)
    withheld = {event.key for event in events if event.cause is Cause.WITHHELD}
    called = [event for event in events if event.key not in withheld]
    return Moment(
        began=time.perf_counter(),
        at=events[-1].at if events else None,
        sent=sum(1 for event in called if event.state is OrderState.SENT),
        cancelled=sum(1 for event in called if event.state is OrderState.CANCELLED),
    )


def _minutes(first: datetime | None, last: datetime | None) -> float:
    return (last - first).total_seconds() / 60 if first and last else 0.0
