"""Real money needs three things, and without any one of them nothing is sent anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from real_money import KEY, LIVE_BOOK, NOW, examined, journal_in, no_network

from flows.book_file import load_book
from flows.bootstrap import open_context
from flows.live_guard import must_be_examined
from tasks.errors import BrokerError, ConfigError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*KEY, "APCA_API_BASE_URL", "APCA_API_DATA_URL", "STEELYARD_VENUE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@contextmanager
def opening(folder: Path, text: str = LIVE_BOOK) -> Iterator[None]:
    book = folder / "real.yaml"
    book.write_text(text)
    with open_context(book, None, None, lambda: NOW):
        yield


def test_with_all_three_the_broker_is_asked(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases below are worth something only because this one goes out to the hosts of real money."""
    tried = no_network(monkeypatch)
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("flows.bootstrap.PATIENCE", ())  # nobody answers here, however long one waits
    examined(home)
    with pytest.raises(BrokerError), opening(tmp_path):
        pass
    assert [address for address in tried if "api.alpaca.markets" in str(address)]


def test_without_live_in_the_book_the_hosts_of_real_money_are_refused(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = no_network(monkeypatch)
    for name, value in {**KEY, "APCA_API_BASE_URL": "https://api.alpaca.markets"}.items():
        monkeypatch.setenv(name, value)
    examined(home)
    with (
        pytest.raises(ConfigError, match="needs `live: true`"),
        opening(tmp_path, LIVE_BOOK.replace(", live: true", "")),
    ):
        pass
    assert tried == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "no APCA_API_KEY_ID"),
        ({**KEY, "APCA_API_BASE_URL": "https://paper-api.alpaca.markets"}, "broker.live is true"),
        ({**KEY, "STEELYARD_VENUE": "http://127.0.0.1:1"}, "STEELYARD_VENUE names a local venue"),
    ],
    ids=["no key", "the host of paper", "a local venue"],
)
def test_without_live_credentials_and_host_nothing_is_sent(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: str
) -> None:
    tried = no_network(monkeypatch)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    examined(home)
    with pytest.raises(ConfigError, match=words), opening(tmp_path):
        pass
    assert tried == []


EXAMINATIONS = {
    "never": ([], "it was never examined"),
    "too long ago": ([{"days_ago": 7.5}], "it was examined 8 days ago"),
    "failed": ([{"passed": False}], "its last examination failed"),
    "failed since": ([{"days_ago": 2}, {"passed": False}], "its last examination failed"),
    "another account": ([{"account": "other"}], "it was never examined"),
    "another broker": ([{"broker": "ibkr"}], "it was never examined"),
    "on paper": ([{"live": False}], "it was never examined"),
    "only validated": ([{"kind": "validate"}], "it was never examined"),
}


@pytest.mark.parametrize(("on_record", "words"), EXAMINATIONS.values(), ids=EXAMINATIONS.keys())
def test_without_a_passed_examination_nothing_is_sent(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_record: list[dict[str, object]], words: str
) -> None:
    """The refusal ends with the command to run; no session is begun."""
    tried = no_network(monkeypatch)
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    for one in on_record:
        examined(home, **one)
    with pytest.raises(ConfigError, match=words) as refused, opening(tmp_path):
        pass
    assert f"run `steelyard doctor alpaca --book {tmp_path / 'real.yaml'}`" in str(refused.value)
    assert tried == []
    with journal_in(home) as journal:
        assert journal.cycles.all() == ()


def test_each_of_several_brokers_has_to_be_examined(home: Path, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        LIVE_BOOK.replace(
            "{name: alpaca, account: pension, live: true}",
            "{name: several, live: true, parts: {a: {name: alpaca, account: pension}, "
            "i: {name: ibkr, account: U1, ibkr: {port: 4001}}}}",
        )
    )
    loaded = load_book(tmp_path / "two.yaml")
    examined(home)
    with journal_in(home) as journal, pytest.raises(ConfigError, match="account U1 at ibkr"):
        must_be_examined(journal, loaded.book.broker, loaded.path, NOW)
    examined(home, broker="ibkr", account="U1")
    with journal_in(home) as journal:
        must_be_examined(journal, loaded.book.broker, loaded.path, NOW)
