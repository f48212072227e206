"""The person at the desk: answers tickets by looking at the exchange's own book, explains breaks, lifts halts."""

from datetime import datetime

from tasks.journal import Journal
from tasks.model.account import HaltState
from tasks.model.halts import EVERY_BOOK, Halt
from tasks.model.order_records import Resolution
from tests.simulation.life import BOOK, Ground
from tests.simulation.memory import exchange_at

NAME = "the person of the simulation"


def answer_everything(ground: Ground, journal: Journal) -> list[str]:
    """What a careful person would do between two runs; returns what was done, a sentence each."""
    now = ground.wall()
    return [*_tickets(ground, journal, now), *_breaks(journal, now), *_halts(journal, now)]


def _tickets(ground: Ground, journal: Journal, now: datetime) -> list[str]:
    living = {order["key"] for order in exchange_at(ground.broker_file).orders}
    done = []
    for ticket in journal.orders.tickets(BOOK):
        if ticket.resolution is None:
            said = "alive" if ticket.key in living else "dead"
            journal.orders.record_resolution(Resolution(ticket.key, said, NAME, "the exchange's own book says so", now))
            done.append(f"resolved {ticket.key} as {said}")
    return done


def _breaks(journal: Journal, now: datetime) -> list[str]:
    found = journal.books.breaks(BOOK, open_only=True)
    for item in found:
        journal.books.explain(item.break_id, NAME, "seen", now)
    return [f"explained {item.break_id}: {item.sentence}" for item in found]


def _halts(journal: Journal, now: datetime) -> list[str]:
    done = []
    for scope in (BOOK, EVERY_BOOK):
        said = [halt for halt in journal.halts.history() if halt.scope == scope]
        if said and said[-1].state is not HaltState.NORMAL:
            journal.halts.record(Halt(scope, HaltState.NORMAL, NAME, "looked at and understood", {}, now))
            done.append(f"resumed from {said[-1].state}, set by {said[-1].who}: {said[-1].why}")
    return done
