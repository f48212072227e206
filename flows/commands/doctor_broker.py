"""`steelyard doctor BROKER` and `steelyard validate BROKER`: look, try, show, and put the result on record."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.bootstrap import only_writer, wall_clock
from flows.commands.broker_subject import Subject, opened, subject_of
from flows.commands.lookup import journal_here
from flows.home import home
from flows.live_guard import COUNTS_FOR
from flows.prefect_home import prepare_environment, use_running_server
from tasks.brokers.diagnostics.client_library import library_is_installed
from tasks.brokers.diagnostics.doctor import examine_broker, table
from tasks.brokers.diagnostics.health import CheckResult, are_well
from tasks.brokers.diagnostics.validate import Result, Validation, validate_broker
from tasks.brokers.diagnostics.validation_keys import KeyFile, keys_left
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.registry import registered
from tasks.errors import ConfigError, SteelyardError
from tasks.journal import Journal
from tasks.journal.evidence import Examination
from tasks.model.latency import Latency
from tasks.orders.send_permission import RecordedPermission
from tasks.ports.broker import Broker
from tasks.retry import SHORT_PATIENCE

KEYS = "validations"
COLOURS = {"worked": "green", "refused": "yellow", "failed": "red", "not tried": "dim"}


def examine(name: str, book: Path | None, account: str | None, *, as_json: bool) -> dict[str, Any]:
    """Look at one broker without sending an order; exit status 1 when something is not well."""
    subject = subject_of(name, book, account)
    _reach_blocks(subject)
    console = Console(stderr=as_json)
    found: list[CheckResult] = []
    with journal_here() as journal:
        for health in _looked_at(subject, journal):
            found.append(health)
            console.print(line(health), soft_wrap=True, highlight=False)
        passed = are_well(found)
        figures = {"checks": [health.plain() for health in found]}
        _record(journal, "doctor", subject, passed, figures, wall_clock())
    if subject.settings.live and passed:
        console.print(f"real money may be traded for {COUNTS_FOR.days} days", highlight=False)
    return {**_head(subject), "healthy": passed, **figures, "exit_status": 0 if passed else 1}


def line(health: CheckResult) -> str:
    """One finding for a terminal."""
    good = "[yellow]![/yellow]" if health.remedy else "[green]✓[/green]"
    mark = good if health.well else "[red]✗[/red]"
    remedy = f" [yellow]→ {escape(health.remedy)}[/yellow]" if health.remedy else ""
    return f"{mark} {health.subject:<12} {escape(health.words)}{remedy}"


def _looked_at(subject: Subject, journal: Journal) -> Iterator[CheckResult]:
    """Library and credentials first: without them nothing is connected."""
    first, own_looks = [library_is_installed(subject.name)], registered(subject.name).once_connected
    if first[0].well:
        first += registered(subject.name).before_connecting(subject.settings, subject.settings.live, os.environ)
    yield from first
    if not are_well(first):
        return
    try:
        with opened(subject, journal) as broker:
            yield from examine_broker(broker, subject.symbols, wall_clock, lambda: own_looks(broker))
    except SteelyardError as error:
        yield CheckResult("opening", False, str(error), "correct it, then examine again")


# ---- validate -------------------------------------------------------------------------------------------------------


def validate(name: str, book: Path | None, account: str | None, *, as_json: bool) -> dict[str, Any]:
    """Place, amend and cancel small orders of every kind; exit status 1 when something did not work.

    Raises: ConfigError for real money, before anything is opened.
    """
    subject = subject_of(name, book, account)
    if subject.settings.live:
        raise ConfigError(f"{book}: broker.live = true: validate places orders; use a book of the paper account")
    _reach_blocks(subject)
    console = Console(stderr=as_json)
    with journal_here() as journal, only_writer(journal, subject.book, wall_clock, f"validate {name}"):
        with opened(subject, journal) as inner, _stops_like_an_interrupt():
            broker = GuardedBroker(inner, RecordedPermission(journal, subject.book), SHORT_PATIENCE)
            broker.connect()
            console.print(f"{name}: {table(broker.capabilities)}", soft_wrap=True, highlight=False)
            keys, found = _validated(broker, subject, console)
        figures = summary_of(found)
        _record(journal, "validate", subject, found.passed, figures, wall_clock())
        journal.latencies.record(_latencies(name, found, wall_clock()))
    _print_validation(console, found, keys)
    return {**_head(subject), "passed": found.passed, **figures, "keys": str(keys.path), "exit_status": _status(found)}


def _validated(broker: Broker, subject: Subject, console: Console) -> tuple[KeyFile, Validation]:
    folder = home() / KEYS
    earlier = list(keys_left(folder, subject.name, subject.account))
    keys = KeyFile(folder, subject.name, subject.account, wall_clock())
    found = validate_broker(
        broker,
        subject.account,
        subject.symbols[0],
        keys,
        earlier,
        hear=lambda result: console.print(f"  {result.label}: {result.outcome}", highlight=False),
        undisturbed=_without_interrupts,
    )
    return keys, found


def _status(found: Validation) -> int:
    return 0 if found.passed else 1


def summary_of(found: Validation) -> dict[str, Any]:
    """The whole of it as plain values; seconds."""
    rows = [{name: getattr(result, name) for name in Result.__slots__} for result in found.results]
    return {
        "results": rows,
        "latency_s": {name: round(seconds, 4) for name, seconds in _medians(found).items()},
        "left_open": list(found.left_open),
        "moved": list(found.moved),
        "interrupted": found.interrupted,
    }


def _medians(found: Validation) -> dict[str, float]:
    columns = {"submit": "submit_s", "ack": "ack_s", "amend": "amend_s", "cancel": "cancel_s"}
    measured = {
        name: [value for result in found.results if (value := getattr(result, column)) is not None]
        for name, column in columns.items()
    }
    measured["positions"] = found.sync_s
    return {name: median(values) for name, values in measured.items() if values}


def _latencies(broker: str, found: Validation, at: datetime) -> list[Latency]:
    calls = [("submit", r.submit_s) for r in found.results] + [("cancel", r.cancel_s) for r in found.results]
    calls += [("positions", seconds) for seconds in found.sync_s]
    return [Latency(broker, call, "", at, seconds) for call, seconds in calls if seconds is not None]


def _print_validation(console: Console, found: Validation, keys: KeyFile) -> None:
    shown = Table(title="Validation, in seconds")
    for column in ("order", "outcome", "submit", "ack", "amend", "cancel"):
        shown.add_column(column, no_wrap=True)
    for result in found.results:
        colour = COLOURS[result.outcome]
        seconds = [_figure(getattr(result, name)) for name in ("submit_s", "ack_s", "amend_s", "cancel_s")]
        shown.add_row(result.label, f"[{colour}]{result.outcome}[/{colour}]", *seconds)
    console.print(shown)
    for result in found.results:
        if result.words:
            console.print(f"{result.label}: {escape(result.words)}", soft_wrap=True, highlight=False)
    console.print("median seconds: " + ", ".join(f"{n} {s:.3f}" for n, s in _medians(found).items()), highlight=False)
    if found.left_open:
        words = f"not proved to be over: {', '.join(found.left_open)}; cancel them at the broker. All keys: {keys.path}"
        console.print(f"[red]{escape(words)}[/red]", soft_wrap=True)
    if found.moved:
        console.print(f"[red]traded or moved meanwhile: {escape(', '.join(found.moved))}[/red]", soft_wrap=True)
    if not (found.left_open or found.moved):
        console.print("no order is left open, and every position is as it was", highlight=False)
    console.print("[green]passed[/green]" if found.passed else "[red]not passed[/red]")


def _figure(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"


# ---- both -----------------------------------------------------------------------------------------------------------


def _head(subject: Subject) -> dict[str, Any]:
    return {"broker": subject.name, "account": subject.account, "live": subject.settings.live}


def _record(journal: Journal, kind: Any, subject: Subject, passed: bool, figures: dict[str, Any], at: datetime) -> None:
    live = subject.settings.live
    journal.examinations.record(Examination(kind, subject.name, subject.account, live, passed, figures, at))


def _reach_blocks(subject: Subject) -> None:
    """A Secret block is kept by a Prefect server: the one that runs, or the home's own."""
    if subject.settings.credentials_block:
        prepare_environment(quiet=True)
        use_running_server()


@contextmanager
def _stops_like_an_interrupt() -> Iterator[None]:
    """Whoever ends the process gently lets it cancel its orders first, as Ctrl-C does."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with _handled(signal.SIGTERM, stop):
        yield


@contextmanager
def _without_interrupts() -> Iterator[None]:
    print("cancelling everything that was placed ...", file=sys.stderr)
    with ExitStack() as stack:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            stack.enter_context(_handled(number, signal.SIG_IGN))
        yield


@contextmanager
def _handled(number: signal.Signals, handler: Callable[..., None] | signal.Handlers) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
