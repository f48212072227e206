"""The composition root: names every dependency of a run once, opens them, and decides which cycle it works on."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.alerts.listeners import announced
from flows.attempts import needs_new_attempt, plan_is_dead
from flows.book_file import LoadedBook, load_book
from flows.book_file.load import recorded_book
from flows.cancel_watch.start import watched
from flows.desk.report_address import report_address
from flows.home import chosen_home, home
from flows.live_guard import must_be_examined
from flows.one_journal import must_be_its_journal
from flows.prefect_run import current_run_id, log_event
from flows.sessions import Asked, session_asked
from tasks.book.model import Book, Mode
from tasks.brokers.factory import open_broker
from tasks.brokers.guard import GuardedBroker, SendPermission
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.factory import router_of
from tasks.brokers.price_sources import open_source
from tasks.brokers.registry import prices_at
from tasks.brokers.retrying_prices import PatientSource
from tasks.brokers.secrets import secrets_of
from tasks.context import Observer, StepContext, StepEvent
from tasks.errors import ConfigError
from tasks.journal import Journal, open_journal
from tasks.journal.cancellations import SessionRun
from tasks.journal.heartbeat import beating
from tasks.journal.lease_owners import is_dead, this_process
from tasks.journal.rate_limits import JournalRateLimiter
from tasks.market_data import calendar
from tasks.model.cycle import Cycle, cycle_id_of
from tasks.orders.send_permission import RecordedPermission
from tasks.ports.broker import Broker
from tasks.ports.prices import Source
from tasks.ports.router import Router
from tasks.retry import PATIENCE
from tasks.risk.heartbeat import DeadMansSwitch

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters


Kind = Literal["rebalance", "liquidation"]


watcher: ContextVar[Observer] = ContextVar("watcher", default=log_event)
"""Who is told about each step: the log of the run unless somebody watches. A flow's parameters must be plain values, so
this travels beside them."""


def wall_clock() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_context(
    book_path: Path,
    session: Asked,
    mode: Mode | None,
    clock: Callable[[], datetime] = wall_clock,
    *,
    kind: Kind = "rebalance",
    existing: bool = False,
    planning: bool = False,
    is_gone: Callable[[str], bool] = is_dead,
) -> Iterator[StepContext]:
    """Everything a run needs, closed again afterwards; `existing` looks at a session on record and begins none,
    `planning` ends before anything is sent, and `is_gone` says of which holder of the lease nobody has to wait.

    Without a session the newest is meant: that the prices allow, or with `existing` that is on record.
    The book's lease is taken first and kept alive until the end: from here on this process is its only writer.
    Raises: ConfigError for a wrong book file, a day without trading, a session the source or broker cannot serve, or
    real money at a broker that was not examined; LeaseHeldError while another process works the book;
    SecondJournalError where its account belongs to another journal.
    """
    loaded = load_book(book_path)
    folder = home()
    journal = open_journal(folder)
    with ExitStack() as stack:
        stack.callback(journal.close)
        source = prices_of(loaded.book, loaded.path.parent, journal)
        planning = planning or (mode or loaded.book.mode) == "research"
        if existing:
            day = session if isinstance(session, date) else newest_on_record(journal, loaded.book.book, kind)
        else:
            on_record = rebalances(journal, loaded.book.book)
            day = session_asked(session, loaded.book, source, on_record, planning=planning)
            must_be_examined(journal, loaded.book.broker, loaded.path, clock())
        stack.enter_context(only_writer(journal, loaded.book.book, clock, f"{kind} of {day}", is_gone))
        _announce_home(watcher.get(), must_be_its_journal(journal, loaded, folder, clock()))
        if existing:
            cycle = _existing(journal, loaded, day, kind)
        else:
            cycle = _cycle(journal, loaded, day, mode, clock(), kind, planning=planning)
            stack.enter_context(_noted(journal, cycle, clock(), planning=planning))
        context = stack.enter_context(_context_over(journal, loaded, cycle, source, folder, clock))
        yield _connected(context)


@contextmanager
def _context_over(
    journal: Journal, loaded: LoadedBook, cycle: Cycle, source: Source, folder: Path, clock: Callable[[], datetime]
) -> Iterator[StepContext]:
    """Everything that the session's steps may touch; its broker is not connected and not guarded yet.

    A session that was begun with another text of the book file goes on with the text that it has on record.
    """
    book = loaded.book if cycle.book_sha256 == loaded.sha256 else recorded_book(cycle.book_text, loaded.path)
    broker = broker_of(book, folder, source, journal)
    with closing(broker), announced(cycle, folder, watcher.get()) as (observer, announce):
        yield StepContext(
            book=book.model_copy(update={"mode": cycle.mode}),
            base=loaded.path.parent,
            home=folder,
            cycle=cycle,
            journal=journal,
            source=source,
            broker=broker,
            clock=clock,
            observer=observer,
            router=_router_for(book, broker),
            announce=announce,
            address_of=partial(report_address, folder),
        )


def _connected(context: StepContext) -> StepContext:
    """The same with its broker connected, behind the guard that asks for lease and halt before every order."""
    permission = RecordedPermission(context.journal, context.book.book, DeadMansSwitch(context).check)
    guarded = _guarded(context.broker, permission, researches=_researches(context.cycle))
    guarded.connect()
    return replace(context, broker=guarded)


@contextmanager
def _noted(journal: Journal, cycle: Cycle, at: datetime, *, planning: bool) -> Iterator[None]:
    """A run in Prefect is on record as its session's, and watched for Cancel while it may have orders at work."""
    if not (run := current_run_id()):
        yield
        return
    journal.cancellations.note_run(SessionRun(run, cycle.cycle_id, journal.fence.token, at))
    with nullcontext() if planning else watched(journal, cycle.cycle_id):
        yield


def _router_for(book: Book, broker: Broker) -> Router:
    return router_of(broker, book.orders.commission, fractional=book.orders.fractional)


def _announce_home(observer: Observer, doubt: str) -> None:
    """Which home and journal this run works with, and what was remembered otherwise."""
    said = chosen_home().sentence
    observer(StepEvent("journal", "done", f"{said}; {doubt}" if doubt else said))


def rebalances(journal: Journal, book: str) -> list[Cycle]:
    """Of a book, newest session first."""
    return [cycle for cycle in journal.cycles.all(book) if cycle.kind == "rebalance"]


def _researches(cycle: Cycle) -> bool:
    """A liquidation is a person's way out by name, whatever the book's mode."""
    return cycle.mode == "research" and cycle.kind == "rebalance"


def _guarded(broker: Broker, permission: SendPermission, *, researches: bool) -> GuardedBroker:
    """Several brokers have a patience of their own, part by part: one that is silent is not waited for."""
    if isinstance(broker, SeveralBrokers):
        return GuardedBroker(broker, permission, patience=(), researches=researches)
    return GuardedBroker(broker, permission, PATIENCE, researches=researches)


@contextmanager
def only_writer(
    journal: Journal,
    book: str,
    clock: Callable[[], datetime],
    why: str,
    is_gone: Callable[[str], bool] = is_dead,
) -> Iterator[None]:
    """The book's lease, kept alive and given back. Raises: LeaseHeldError while its holder is not gone."""
    journal.fence.take(book, this_process(), clock, is_dead=is_gone, why=why)
    try:
        with beating(journal.fence):
            yield
    finally:
        journal.fence.release()


def _cycle(
    journal: Journal,
    loaded: LoadedBook,
    day: date,
    mode: Mode | None,
    now: datetime,
    kind: Kind = "rebalance",
    *,
    planning: bool = False,
) -> Cycle:
    """The cycle of this book and session: new, as it was left, or begun anew where it stopped without an order."""
    _check_account(journal, loaded)
    fresh = Cycle(
        cycle_id=cycle_id_of(loaded.book.book, day, kind),
        book=loaded.book.book,
        session=day,
        account=loaded.book.broker.account,
        mode=mode or loaded.book.mode,
        attempt=1,
        status="running",
        message="",
        book_file=str(loaded.path),
        book_sha256=loaded.sha256,
        book_text=loaded.text,
        created_at=now,
        changed_at=now,
        kind=kind,
    )
    found = journal.cycles.open(fresh)
    ordered, cancelled = bool(journal.orders.orders(found.cycle_id)), journal.cancellations.standing(found) is not None
    again = planning and plan_is_dead(journal, found, now)
    if not needs_new_attempt(found, fresh, ordered=ordered, cancelled=cancelled, dead=again):
        return found
    return journal.cycles.begin_attempt(
        replace(found, mode=fresh.mode, book_sha256=fresh.book_sha256, book_text=fresh.book_text), now
    )


def _check_account(journal: Journal, loaded: LoadedBook) -> None:
    """Two books on one account would each take the other's trades for breaks."""
    name, broker = loaded.book.book, loaded.book.broker
    accounts = {"broker.account": broker.account}
    accounts |= {f"broker.parts.{tag}.account": part.account for tag, part in broker.parts.items()}
    owners = {known.account: known.book for known in journal.cycles.all() if known.book != name}
    for field, account in accounts.items():
        if account in owners:
            raise ConfigError(
                f"{loaded.path}: {field} {account} already belongs to book {owners[account]}; "
                f"give book {name} an account of its own, or go on under the name {owners[account]}"
            )


def newest_on_record(journal: Journal, book: str, kind: Kind) -> date:
    """Raises: ConfigError for a book that has not run yet."""
    sessions = [cycle.session for cycle in journal.cycles.all(book) if cycle.kind == kind]
    if not sessions:
        raise ConfigError(f"book {book} has no session on record yet; rebalance it first")
    return max(sessions)


def _existing(journal: Journal, loaded: LoadedBook, day: date, kind: Kind) -> Cycle:
    found = journal.cycles.find(loaded.book.book, day, kind)
    if found is None:
        raise ConfigError(f"book {loaded.book.book} has no session {day} on record; rebalance it first")
    return found


def rate_limiters_of(journal: Journal) -> "RateLimiters":
    """What keys may ask in a minute, counted for all processes of this journal."""
    return lambda scope, limit: JournalRateLimiter(journal.engine, scope, limit)


def prices_of(
    book: Book, folder: Path, journal: Journal | None = None, environment: Mapping[str, str] = os.environ
) -> Source:
    """The source of a book's prices; relative paths are taken from `folder`.

    Where prices and broker are the same house, its key is the broker's: from the block that the book names for it.
    What comes over a wire is asked for with patience.
    """
    if prices_at(book.data.source) is None:
        return open_source(book.data, folder, environment)
    accounts = book.broker.accounts_at(book.data.source)
    block = accounts[0].credentials_block if accounts else ""
    counted = rate_limiters_of(journal) if journal is not None else None
    live = book.broker.live and bool(accounts)
    return PatientSource(open_source(book.data, folder, secrets_of(block, environment), counted, live=live))


def broker_of(
    book: Book, home: Path, source: Source, journal: Journal, environment: Mapping[str, str] = os.environ
) -> Broker:
    """The broker of a book, not connected yet."""
    return open_broker(book.broker, home, source, calendar.session_hours, environment, rate_limiters_of(journal))
