"""`steelyard doctor`: one line for each thing a run needs, with the remedy where one is missing; or of one broker."""

import importlib.metadata
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from rich.console import Console

from flows.home import chosen_home, home
from tasks.brokers.diagnostics.health import CheckResult
from tasks.errors import ConfigError, SteelyardError
from tasks.packages import installed_by
from tasks.storage import make_folder, storage_error
from tasks.wording import counted

if TYPE_CHECKING:
    from tasks.brokers.registration import Registration

PACKAGES = ("prefect", "fastapi", "pandas", "cvxpy", "great-expectations", "sqlalchemy")
LEAST_FREE_GB = 1.0


def examine(broker: str | None, book: Path | None, account: str | None, *, as_json: bool) -> dict[str, Any]:
    """Look at everything once, or at one broker; exit status 1 when something is not well."""
    if broker is not None or book is not None:
        from flows.commands.doctor_broker import examine as examine_broker

        if broker is None:
            raise ConfigError("--book needs a broker before it, e.g. steelyard doctor alpaca --book books/demo.yaml")
        return examine_broker(broker, book, account, as_json=as_json)
    found = [looked_at(examination) for examination in EXAMINATIONS]
    if not as_json:
        console = Console()
        for health in found:
            mark = "[green]✓[/green]" if health.well else "[red]✗[/red]"
            remedy = f" [yellow]→ {health.remedy}[/yellow]" if health.remedy else ""
            console.print(f"{mark} {health.subject:<9} {health.words}{remedy}", soft_wrap=True, highlight=False)
    return {
        "healthy": all(health.well for health in found),
        "checks": [health.plain() for health in found],
        "exit_status": 0 if all(health.well for health in found) else 1,
    }


def looked_at(examination: Callable[[], CheckResult]) -> CheckResult:
    """What one examination found; a disk or database that fails it is what it found."""
    subject = examination.__name__.partition("_")[0]
    try:
        return examination()
    except SteelyardError as stop:
        return CheckResult(subject, False, str(stop))
    except OSError as fault:
        told = storage_error(fault)
        if told is None:
            raise
        return CheckResult(subject, False, str(told))


def python_is_new_enough() -> CheckResult:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return CheckResult(
        "python", sys.version_info >= (3, 11), version, "" if sys.version_info >= (3, 11) else "use 3.11+"
    )


def packages_are_installed() -> CheckResult:
    words, missing = [], []
    for name in PACKAGES:
        try:
            words.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    remedy = f"missing: {', '.join(missing)}; install with: {installed_by(*missing)}" if missing else ""
    return CheckResult("packages", not missing, ", ".join(words), remedy)


def home_is_known() -> CheckResult:
    """Which folder, why that one, and which other journals its user has."""
    from flows.commands.other_journals import other_journals
    from tasks.journal import where

    chosen = chosen_home()
    others = other_journals(where(chosen.path))
    return CheckResult("home", True, f"{chosen.path}, {chosen.why}" + (f"; {others}" if others else ""))


def database_answers() -> CheckResult:
    from tasks.journal import JournalUnreachableError, open_journal, where

    shown = where(home())
    try:
        journal = open_journal(home())
        books = {cycle.book for cycle in journal.cycles.all()}
        journal.close()
    except JournalUnreachableError as error:
        return CheckResult("database", False, str(error), "check STEELYARD_DATABASE_URL and that the server runs")
    return CheckResult("database", True, f"{shown}, {counted(len(books), 'book')} on record")


def prefect_is_reachable() -> CheckResult:
    from flows.prefect_home import use_running_server

    if use_running_server():
        return CheckResult("prefect", True, "a server answers")
    return CheckResult("prefect", True, "no server runs; each run starts its own. `steelyard up` starts one to watch")


def brokers_are_known() -> CheckResult:
    from tasks.brokers.diagnostics.client_library import library_is_installed
    from tasks.brokers.registry import BROKERS

    def said(broker: "Registration") -> str:
        if broker.is_simulated:
            return "ready, trades no real money"
        library = library_is_installed(broker.name)
        return library.words if library.well else "its library is not installed"

    return CheckResult("broker", True, "; ".join(f"{one.name}: {said(one)}" for one in BROKERS.values()))


def calendar_knows_today() -> CheckResult:
    from tasks.market_data import calendar

    today = datetime.now(UTC).date()
    open_today = calendar.is_session(today, "XNYS")
    return CheckResult("calendar", True, f"XNYS, {today} is {'a session' if open_today else 'not a session'}")


def clock_is_sane() -> CheckResult:
    now = datetime.now(UTC)
    well = now.year >= 2024
    return CheckResult("clock", well, f"{now:%Y-%m-%d %H:%M:%S} UTC", "" if well else "set the machine's clock")


def disk_has_room() -> CheckResult:
    folder = make_folder(home())
    with NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:  # that it is there does not mean we may write
        file.write(b"x" * 100_000)
    free = shutil.disk_usage(folder).free / 1e9
    well = free > LEAST_FREE_GB
    return CheckResult(
        "disk", well, f"{free:.0f} GB free at {folder}", "" if well else "free some space, or set STEELYARD_HOME"
    )


EXAMINATIONS: tuple[Callable[[], CheckResult], ...] = (
    python_is_new_enough,
    packages_are_installed,
    home_is_known,
    database_answers,
    prefect_is_reachable,
    brokers_are_known,
    calendar_knows_today,
    clock_is_sane,
    disk_has_room,
)
