"""Key and secret come from the environment or a Prefect block, and show nowhere."""

import json
import traceback

import pytest
from prefect.blocks.system import Secret

from tasks.brokers import secrets as room
from tasks.brokers.secrets import secrets_of
from tasks.errors import ConfigError

MARKER = "marker-51c0ffee"
FROM_OUTSIDE = {"APCA_API_KEY_ID": "PKOUTSIDE", "APCA_API_SECRET_KEY": "outside", "PATH": "/bin"}


def block_holding(monkeypatch: pytest.MonkeyPatch, value: object) -> None:
    """Prefect's own block, without the server that would keep it."""
    monkeypatch.setattr(room, "_value_of", lambda _: Secret(value=value).get())  # pyright: ignore[reportArgumentType]


def test_without_a_block_the_environment_counts() -> None:
    found = secrets_of("", FROM_OUTSIDE)
    assert dict(found) == FROM_OUTSIDE


@pytest.mark.parametrize("as_text", [True, False], ids=["text", "json"])
def test_a_block_stands_before_the_environment(monkeypatch: pytest.MonkeyPatch, as_text: bool) -> None:
    pair = {"key_id": "PKBLOCK", "secret": MARKER}
    block_holding(monkeypatch, json.dumps(pair) if as_text else pair)
    found = secrets_of("paper", FROM_OUTSIDE)
    assert (found["APCA_API_KEY_ID"], found["APCA_API_SECRET_KEY"], found["PATH"]) == ("PKBLOCK", MARKER, "/bin")


def test_nothing_shows_in_a_repr_or_a_message_made_of_it() -> None:
    found = secrets_of("", {**FROM_OUTSIDE, "APCA_API_SECRET_KEY": MARKER})
    assert MARKER not in f"{found!r} {found} {[found]}"


@pytest.mark.parametrize(
    "value",
    [f'{{"key_id": "PK", "secret": "{MARKER}"', f'{{"key_id": "PK", "secrets": "{MARKER}"}}', f'["{MARKER}"]', MARKER],
    ids=["cut short", "another name", "a list", "no JSON"],
)
def test_a_block_that_is_no_pair_is_refused_without_telling_it(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    block_holding(monkeypatch, value)
    with pytest.raises(ConfigError, match="`key_id` and `secret`") as refused:
        secrets_of("paper", {})
    assert MARKER not in "".join(traceback.format_exception(refused.value))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
