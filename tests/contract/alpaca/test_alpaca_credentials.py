"""Keys come from the environment, are never shown, and paper is what is meant unless real money is said twice."""

import pytest

from tasks.brokers.alpaca.credentials import LIVE_URL, PAPER_URL, Credentials, credentials_from, endpoints_from
from tasks.errors import ConfigError

PAIR = {"APCA_API_KEY_ID": "PK1", "APCA_API_SECRET_KEY": "marker-secret"}


def test_the_pair_is_read_from_the_environment() -> None:
    assert credentials_from(PAIR) == Credentials("PK1", "marker-secret")


@pytest.mark.parametrize("missing", sorted(PAIR))
def test_what_is_missing_is_named_and_what_is_there_is_not_shown(missing: str) -> None:
    with pytest.raises(ConfigError, match=missing) as met:
        credentials_from({**PAIR, missing: ""})
    assert "marker-secret" not in str(met.value)


def test_neither_key_nor_secret_is_in_the_repr() -> None:
    shown = repr(credentials_from(PAIR)) + str(credentials_from(PAIR)) + credentials_from(PAIR).fingerprint

    assert "PK1" not in shown
    assert "marker-secret" not in shown


def test_paper_is_what_is_meant_unless_the_book_says_live() -> None:
    assert endpoints_from({}, live=False).trading == PAPER_URL
    assert endpoints_from({}, live=True).trading == LIVE_URL


@pytest.mark.parametrize(("url", "live"), [(LIVE_URL, False), (f"{LIVE_URL}/v2", False), (PAPER_URL, True)])
def test_a_host_of_the_other_kind_is_refused(url: str, live: bool) -> None:
    with pytest.raises(ConfigError, match="live"):
        endpoints_from({"APCA_API_BASE_URL": url}, live)


def test_a_venue_on_this_machine_is_a_paper_host() -> None:
    found = endpoints_from({"APCA_API_BASE_URL": "http://127.0.0.1:8123", "APCA_API_DATA_URL": "http://x/"}, live=False)

    assert (found.trading, found.data, found.stream) == (
        "http://127.0.0.1:8123",
        "http://x",
        "ws://127.0.0.1:8123/stream",
    )
