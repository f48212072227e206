"""What only Alpaca can be asked: the key, the hosts, and whether the account may trade."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tasks.brokers.alpaca.credentials import KEY_NAMES, credentials_from, endpoints_from
from tasks.brokers.examining.health import Health, asked

if TYPE_CHECKING:
    from tasks.brokers.alpaca.broker import AlpacaBroker

BLOCKS = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
ACTIVE = "ACTIVE"


def key_is_present(environment: Mapping[str, str], live: bool, block: str) -> Health:
    """Key and hosts fit the book; neither is shown."""

    def look() -> Health:
        credentials_from(environment)
        hosts = endpoints_from(environment, live)
        source = f"the Secret block {block}" if block else f"the environment ({', '.join(KEY_NAMES)})"
        return Health("credentials", True, f"key and secret from {source}, for {hosts.trading}")

    return asked("credentials", look)


def account_may_trade(broker: "AlpacaBroker") -> Health:
    """Active, not blocked, in US dollars."""

    def look() -> Health:
        from tasks.brokers.alpaca.speaking import asking

        with asking("the account"):
            told = broker.wire.ask("/account")
        account = told if isinstance(told, Mapping) else {}
        blocks = [name.replace("_", " ") for name in BLOCKS if account.get(name)]
        status, currency = str(account.get("status")), str(account.get("currency"))
        if status != ACTIVE or blocks:
            words = ", ".join([f"status {status}", *blocks])
            return Health("account", False, words, "look at the account's page at Alpaca, or write to its support")
        if currency != "USD":
            return Health("account", False, f"the account is in {currency}", "trade from an account in US dollars")
        return Health("account", True, "active, not blocked, in USD")

    return asked("account", look)
