"""The key pair of an Alpaca account and the hosts it is for; the secret shows in no repr and no message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tasks.errors import ConfigError

KEY_NAMES = ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")
URL_NAME = "APCA_API_BASE_URL"
DATA_URL_NAME = "APCA_API_DATA_URL"
PAPER_URL = "https://paper-api.alpaca.markets"
LIVE_URL = "https://api.alpaca.markets"
DATA_URL = "https://data.alpaca.markets"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Handed to the client library and nowhere else."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without telling them: names what processes of one key share."""
        return sha256(self.key_id.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Without the version and without a slash at the end."""

    trading: str
    data: str

    @property
    def stream(self) -> str:
        """Of the trading host, ws or wss as the host is http or https."""
        return self.trading.replace("http", "ws", 1) + "/stream"


def credentials_from(environment: Mapping[str, str]) -> Credentials:
    """Raises: ConfigError that names what is missing, never a value."""
    missing = [name for name in KEY_NAMES if not environment.get(name)]
    if missing:
        raise ConfigError(f"no {' and no '.join(missing)} in the environment: set them to your Alpaca key and secret")
    return Credentials(environment[KEY_NAMES[0]], environment[KEY_NAMES[1]])


def endpoints_from(environment: Mapping[str, str], live: bool) -> Endpoints:
    """The paper hosts unless `live`; a base URL in the environment must be of the same kind.

    Raises: ConfigError when the environment points at real money and the book does not say so, or the other way round.
    """
    trading = environment.get(URL_NAME, LIVE_URL if live else PAPER_URL).rstrip("/").removesuffix("/v2")
    if (trading == LIVE_URL) is not live:
        raise ConfigError(
            f"broker.live is {str(live).lower()}, but {URL_NAME} is {trading}: "
            f"live trading needs `live: true` and {LIVE_URL}; change one of the two"
        )
    return Endpoints(trading, environment.get(DATA_URL_NAME, DATA_URL).rstrip("/").removesuffix("/v2"))
