"""Key and secret of a broker's account, from the environment or a Prefect Secret block, and never in plain sight."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.errors import ConfigError

KEY_ID, SECRET = "APCA_API_KEY_ID", "APCA_API_SECRET_KEY"
IN_A_BLOCK = {"key_id": KEY_ID, "secret": SECRET}
"""What a block's JSON calls them, and what the environment does."""


class Secrets(Mapping[str, str]):
    """Environment variables with the credentials of one account among them; its repr tells none of them."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({len(self._values)} hidden)"


def secrets_of(credentials_block: str, environment: Mapping[str, str]) -> Secrets:
    """The environment, with key and secret from the block where a book names one.

    Raises: ConfigError when there is no such block, or it is not JSON with `key_id` and `secret`; it tells no value.
    """
    if not credentials_block:
        return Secrets(environment)
    pair = _pair(credentials_block, _value_of(credentials_block))
    return Secrets({**environment, **{IN_A_BLOCK[name]: pair[name] for name in IN_A_BLOCK}})


def _value_of(name: str) -> Any:
    from prefect.blocks.system import Secret

    try:
        block = Secret.load(name)
    except ValueError as error:
        raise ConfigError(
            f"broker.credentials_block = {name}: Prefect has no Secret block of this name; create it in the UI under "
            "Blocks, or leave the setting empty to take key and secret from the environment"
        ) from error
    assert isinstance(block, Secret)  # loaded in a thread without a loop, it is no promise of one
    return block.get()


def _pair(name: str, value: Any) -> Mapping[str, str]:
    """Whatever is wrong with it, an error's context would hold the text: it is cut off."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if isinstance(value, Mapping) and all(isinstance(value.get(key), str) and value[key] for key in IN_A_BLOCK):
        return value
    raise ConfigError(
        f"broker.credentials_block = {name}: the block is not JSON with text under `key_id` and `secret`; "
        'write {"key_id": "...", "secret": "..."} into it'
    ) from None
