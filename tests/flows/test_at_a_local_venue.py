"""Whole sessions at the local venues by the real client libraries, and where the secrets of a run may not be found."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from prefect.blocks.system import Secret

from flows.book_file import load_book
from flows.bootstrap import prices_of
from tasks.book.faults import FaultKind
from tasks.brokers.alpaca.registration import ALPACA
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.simulated.factory import lying, open_exchange
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.market_data import calendar
from tests.flows.conftest import ROOT, SMALL_BOOK
from tests.flows.worlds import SESSION, answered, inside, journal_rows, steelyard

KEY_ID, SECRET = "PKMARKERQ7X2", "marker-secret-93fe1c"
MARKERS = (KEY_ID, SECRET)
AT_ALPACA = SMALL_BOOK.format(mode="full_auto").replace("account: small", "name: alpaca\n  account: small")
AT_TWS = SMALL_BOOK.format(mode="full_auto").replace(
    "account: small", "name: ibkr\n  account: DU1234567\n  ibkr:\n    port: ${TWS_PORT:-7497}"
)


HEARS_CTRL_C = """
import signal
from flows.cli.main import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""The command, also where these tests are a background job of a shell, whose children ignore Ctrl-C."""


@contextmanager
def venue(name: str, book: Path, environment: dict[str, str], *words: str) -> Iterator[dict[str, Any]]:
    """What `steelyard venue` says of itself, while it stands."""
    command = [sys.executable, "-m", "flows.cli.main", "venue", name, "--book", str(book), "--json", *words]
    standing = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert standing.stdout is not None
        line = io.TextIOWrapper(standing.stdout).readline()
        assert "environment" in line, line
        yield json.loads(line)
    finally:
        standing.kill()
        standing.wait(60)


def written(folder: Path, text: str) -> Path:
    path = folder / "small.yaml"
    path.write_text(text)
    return path


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """As a person does: the whole of what the terminal shows."""
    command = [sys.executable, "-m", "flows.cli.main", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def places_with(marker: str, *folders: Path) -> list[str]:
    """Every file below the folders with the text in it, or in a value of a database in it.

    Whoever closes a database last writes its log into it: where a file went meanwhile, all are looked at again.
    """
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.is_file())
    try:
        return [str(path) for path in files if marker.encode() in path.read_bytes()]
    except FileNotFoundError:
        return places_with(marker, *folders)


@pytest.fixture
def marked(tmp_path: Path, desk_home: dict[str, str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """A book, and an environment in which the venue's key is the marker."""
    book = written(tmp_path, AT_ALPACA)
    chosen = {**desk_home, "APCA_API_KEY_ID": KEY_ID, "APCA_API_SECRET_KEY": SECRET}
    with venue("alpaca", book, chosen) as told:
        yield book, {**chosen, **told["environment"]}


def test_a_session_at_the_alpaca_venue_is_traded_reconciled_and_reported(
    marked: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """And the key that it was traded with is nowhere: output, logs, Prefect, artifacts, journal, reports, files."""
    book, environment = marked
    done = run(environment, "run", str(book), "--session", SESSION)
    assert done.returncode == 0, done.stdout + done.stderr
    home = environment["STEELYARD_HOME"]
    assert journal_rows(home, "SELECT count(*) FROM breaks") == [(0,)]
    ours = {key for (key,) in journal_rows(home, "SELECT key FROM slices")}
    filled = {key for (key,) in journal_rows(home, "SELECT key FROM fills")}
    assert filled
    assert filled <= ours
    assert (tmp_path / "home" / "reports" / "small" / SESSION / "report.html").is_file()
    assert places_with("small", Path(environment["PREFECT_HOME"])), "Prefect's own database was looked at"
    for marker in MARKERS:
        assert not places_with(marker, tmp_path, Path(environment["PREFECT_HOME"]))
        assert marker not in done.stdout + done.stderr


PLACES = (
    *("/v2/clock", "/v2/calendar", "/v2/account", "/v2/positions", "/v2/orders", "/v2/orders:by_client_order_id"),
    *("/v2/account/activities", "/v2/account/activities/FILL", "/v2beta1/events/activities"),
    *("/v2/stocks/snapshots", "/v2/stocks/bars", "/v2/stocks/auctions"),
)


@contextmanager
def moody_alpaca(book: Path, environment: dict[str, str], folder: Path) -> Iterator[AlpacaVenue]:
    """The local Alpaca of a book, at which the first and the third question to every place end with a reset."""

    def reset(_: Reply) -> Reply:
        raise Unanswered(FaultKind.RESET_BEFORE)

    loaded = load_book(book, environment)
    assert ALPACA.sandbox is not None
    own = loaded.book.broker.in_market(ALPACA.sandbox.market)
    exchange = open_exchange(own, folder, prices_of(loaded.book, book.parent), calendar.session_hours)
    exchange.begin(date.fromisoformat(SESSION))
    with AlpacaVenue(lying(exchange, own), KEY_ID, SECRET) as standing:
        for place in PLACES:
            for spares in (0, 1):
                standing.http_faults.plan(HttpFault("GET", place, reset, is_done=False, spares=spares))
        yield standing


def test_a_session_whose_every_place_resets_questions_is_traded_reconciled_and_reported(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    """From the first question to the clock to the last one of the report."""
    book = written(tmp_path, AT_ALPACA)
    key = {"APCA_API_KEY_ID": KEY_ID, "APCA_API_SECRET_KEY": SECRET}
    with moody_alpaca(book, {**desk_home, **key}, tmp_path / "venue") as venue:
        hosts = dict.fromkeys(("APCA_API_BASE_URL", "APCA_API_DATA_URL", "STEELYARD_VENUE"), venue.url)
        summary = steelyard({**desk_home, **key, **hosts}, "run", str(book), "--session", SESSION)
        struck = [fault.path for fault in venue.http_faults._planned if fault.times == 0]
    assert (summary["status"], summary["breaks"]) == ("done", 0)
    assert summary["fills"] > 0
    assert {"/v2/clock", "/v2/account", "/v2/positions", "/v2/orders", "/v2/stocks/bars"} <= set(struck)


def test_a_refused_key_stops_the_run_and_is_not_told(marked: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """The run ends with the broker's error, and its traceback in the terminal and in Prefect names no key."""
    book, environment = marked
    wrong = {**environment, "APCA_API_SECRET_KEY": f"{SECRET}-wrong"}
    done = run(wrong, "run", str(book), "--session", SESSION)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "401" in done.stderr or "key" in done.stderr
    for marker in MARKERS:
        assert not places_with(marker, tmp_path, Path(environment["PREFECT_HOME"]))
        assert marker not in done.stdout + done.stderr


def test_a_session_at_the_tws_venue_is_traded_reconciled_and_reported(
    desk_home: dict[str, str], tmp_path: Path
) -> None:
    book = written(tmp_path, AT_TWS)
    with venue("ibkr", book, desk_home) as told:
        port = re.search(r"port: (\d+)", " ".join(told["book"]))
        assert port
        environment = {**desk_home, **told["environment"], "TWS_PORT": port[1]}
        summary = steelyard(environment, "run", str(book), "--session", SESSION)
    assert summary["status"] == "done"
    assert summary["fills"] > 0
    assert summary["breaks"] == 0
    assert Path(summary["report"]).is_file()


def test_a_key_in_a_prefect_block_is_used_and_not_told(marked: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    """Nothing of it is in the environment; a block that is not there is refused with the remedy."""
    book, environment = marked
    bare = {name: value for name, value in environment.items() if not name.startswith("APCA_API_KEY")}
    del bare["APCA_API_SECRET_KEY"]
    book.write_text(book.read_text().replace("name: alpaca", "name: alpaca\n  credentials_block: venue-key"))
    missing = answered(bare, "run", str(book), "--session", SESSION)
    assert missing.exit_code == 2, missing.output
    assert "Prefect has no Secret block of this name" in missing.stderr
    with inside(bare):
        Secret(value=json.dumps({"key_id": KEY_ID, "secret": SECRET})).save("venue-key")  # type: ignore[arg-type]
    done = answered(bare, "run", str(book), "--session", SESSION, "--mode", "research")
    assert done.exit_code == 0, done.output
    assert answered(bare, "doctor", "alpaca", "--book", str(book)).exit_code == 0
    for marker in MARKERS:
        assert not places_with(marker, tmp_path, Path(environment["PREFECT_HOME"]))
        assert marker not in done.output


def working_at_the_venue(home: str) -> int:
    with closing(sqlite3.connect(Path(home) / "venue" / "alpaca" / "small.sqlite")) as connection:
        return connection.execute("SELECT count(*) FROM orders WHERE is_working = 1").fetchone()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a gentle end"])
def test_a_validation_that_is_interrupted_leaves_no_order_at_the_broker(
    marked: tuple[Path, dict[str, str]], number: signal.Signals
) -> None:
    """A process of its own, stopped after its first order."""
    book, environment = marked
    command = [sys.executable, "-u", "-c", HEARS_CTRL_C, "validate", "alpaca", "--book", str(book), "--json"]
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "worked" in line:
            break
    process.send_signal(number)
    out, _ = process.communicate(timeout=120)
    told = json.loads(out)
    assert process.returncode == 1
    assert (told["interrupted"], told["left_open"], told["moved"]) == (True, [], [])
    assert working_at_the_venue(environment["STEELYARD_HOME"]) == 0


def test_the_search_finds_a_planted_marker(tmp_path: Path) -> None:
    """In a file, in the pages of a database, and below folders."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log.txt").write_text(f"key={SECRET}")
    with sqlite3.connect(tmp_path / "prefect.db") as connection:
        connection.execute("CREATE TABLE log (message TEXT)")
        connection.execute("INSERT INTO log VALUES (?)", (f"401 for {SECRET}",))
    assert len(places_with(SECRET, tmp_path)) == 2


def test_the_environment_of_the_tests_has_no_key_of_its_own() -> None:
    assert not {"APCA_API_KEY_ID", "APCA_API_SECRET_KEY"} & set(os.environ)
