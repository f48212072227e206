"""`steelyard doctor BROKER` and `steelyard validate BROKER` as a person and a program meet them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.bootstrap import open_context
from flows.cli.main import app
from tasks.brokers.guard import GuardedBroker
from tests.unit.flows.real_money import KEY, LIVE_BOOK, journal_in, no_network

PAPER_BOOK = LIVE_BOOK.replace(", live: true", "")
SIMULATED_BOOK = PAPER_BOOK.replace("{name: alpaca, account: pension}", "{account: pension}")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*KEY, "APCA_API_BASE_URL", "APCA_API_DATA_URL", "STEELYARD_VENUE", "STEELYARD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def told(*words: str, status: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def book(folder: Path, text: str) -> str:
    (folder / "real.yaml").write_text(text)
    return str(folder / "real.yaml")


def test_a_doctor_of_the_simulated_broker_passes_and_is_on_record(home: Path) -> None:
    answer = told("doctor", "simulated")
    assert answer["healthy"] is True
    with journal_in(home) as journal:
        found = journal.examinations.newest("doctor", "simulated", "main", live=False)
    assert found is not None
    assert found.passed
    assert found.figures["checks"][0]["subject"] == "library"


def test_a_doctor_without_a_key_fails_is_on_record_and_asks_nobody(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure of real money's account takes an earlier pass back."""
    tried = no_network(monkeypatch)
    answer = told("doctor", "alpaca", "--book", book(tmp_path, LIVE_BOOK), status=1)
    assert [check["subject"] for check in answer["checks"] if not check["well"]] == ["credentials"]
    assert tried == []
    with journal_in(home) as journal:
        found = journal.examinations.newest("doctor", "alpaca", "pension", live=True)
    assert found is not None
    assert not found.passed


@pytest.mark.usefixtures("home")
def test_a_doctor_of_a_broker_the_book_does_not_use_is_wrong_use(tmp_path: Path) -> None:
    path = book(tmp_path, PAPER_BOOK)
    assert "does not trade with broker ibkr" in told("doctor", "ibkr", "--book", path, status=2)["message"]
    assert "no broker nobody" in told("doctor", "nobody", status=2)["message"]
    assert "needs a broker" in told("doctor", "--book", path, status=2)["message"]


def test_a_validation_of_the_simulated_broker_passes_and_is_on_record_with_its_latencies(home: Path) -> None:
    answer = told("validate", "simulated")
    assert answer["passed"] is True
    assert (answer["left_open"], answer["moved"]) == ([], [])
    assert set(answer["latency_s"]) == {"submit", "ack", "amend", "cancel", "positions"}
    keys = Path(answer["keys"]).read_text().split()
    assert len(keys) == len(set(keys)) > 20
    with journal_in(home) as journal:
        found = journal.examinations.newest("validate", "simulated", "main", live=False)
        calls = {latency.call for latency in journal.latencies.all("simulated")}
    assert found is not None
    assert found.passed
    assert calls == {"submit", "cancel", "positions"}


def test_validating_real_money_is_refused_and_nothing_is_sent(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = no_network(monkeypatch)
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    answer = told("validate", "alpaca", "--book", book(tmp_path, LIVE_BOOK), status=2)
    assert "use a book of the paper account" in answer["message"]
    assert tried == []
    assert not (home / "validations").exists()


@pytest.mark.usefixtures("home")
def test_a_book_that_is_being_worked_is_not_validated_meanwhile(tmp_path: Path) -> None:
    """Its orders would be strangers to the run, and the run's to it."""
    path = book(tmp_path, SIMULATED_BOOK)
    with open_context(Path(path), None, None):
        assert told("validate", "simulated", "--book", path, status=1)["error"] == "LeaseHeldError"


@pytest.mark.usefixtures("home")
def test_the_broker_is_closed_at_the_end_of_a_run_however_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    from tasks.brokers.simulated.broker import SimulatedBroker

    monkeypatch.setattr(SimulatedBroker, "close", lambda _: closed.append("closed"))
    path = Path(book(tmp_path, SIMULATED_BOOK))
    with open_context(path, None, None) as desk:
        assert isinstance(desk.broker, GuardedBroker)
        assert closed == []
    assert closed == ["closed"]
    with pytest.raises(RuntimeError), open_context(path, None, None):
        raise RuntimeError("in the middle")
    assert closed == ["closed", "closed"]
    monkeypatch.setattr(SimulatedBroker, "connect", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError), open_context(path, None, None):
        pass
    assert len(closed) == 3
