"""What only Alpaca can be asked: the key, the hosts, and whether the account may trade."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tasks.brokers.alpaca.credentials import KEY_NAMES, credentials_from, endpoints_from
from tasks.brokers.diagnostics.health import CheckResult, asked
from tasks.brokers.remarks import CORRECTIONS, RemarkKind
from tasks.model.json_values import is_object

if TYPE_CHECKING:
    from tasks.brokers.alpaca.broker import AlpacaBroker

ALONE = (
    "cancel them, or give the book an account of its own: a symbol in which somebody else trades is locked by a break "
    "until a person has explained it"
)
BLOCKS = ("trading_blocked", "account_blocked", "trade_suspended_by_user")
ACTIVE = "ACTIVE"


def key_is_present(environment: Mapping[str, str], live: bool, block: str) -> CheckResult:
    """Key and hosts fit the book; neither is shown."""

    def look() -> CheckResult:
        credentials_from(environment)
        hosts = endpoints_from(environment, live)
        source = f"the Secret block {block}" if block else f"the environment ({', '.join(KEY_NAMES)})"
        return CheckResult("credentials", True, f"key and secret from {source}, for {hosts.trading}")

    return asked("credentials", look)


def account_may_trade(broker: "AlpacaBroker") -> CheckResult:
    """Active, not blocked, in US dollars."""

    def look() -> CheckResult:
        from tasks.brokers.alpaca.errors import asking

        with asking("the account"):
            told = broker.wire.get("/account")
        account: Mapping[str, Any] = told if is_object(told) else {}
        blocks = [name.replace("_", " ") for name in BLOCKS if account.get(name)]
        status, currency = str(account.get("status")), str(account.get("currency"))
        if status != ACTIVE or blocks:
            words = ", ".join([f"status {status}", *blocks])
            return CheckResult("account", False, words, "look at the account's page at Alpaca, or write to its support")
        if currency != "USD":
            return CheckResult("account", False, f"the account is in {currency}", "trade from an account in US dollars")
        return CheckResult("account", True, "active, not blocked, in USD")

    return asked("account", look, broker)


def nobody_else_trades(broker: "AlpacaBroker") -> CheckResult:
    """What others have open in the account, before the first session: no fault, but a person knows of it."""

    def look() -> CheckResult:
        from tasks.brokers.alpaca.foreign_orders import has_our_form

        working = broker.open_orders()
        others = [
            f"{order.side} {order.shares:f} {order.symbol} ({order.key})"
            for order in working
            if not has_our_form(order.key)
        ]
        others += [remark.words for remark in broker.remarks() if remark.kind is RemarkKind.NOT_OURS]
        if not others:
            return CheckResult("others", True, "no open order of anybody else")
        return CheckResult("others", True, f"orders that are not ours: {'; '.join(others)}", ALONE)

    return asked("others", look, broker)


def corrections_are_readable(broker: "AlpacaBroker") -> CheckResult:
    """Whether busts and corrections can be read: without them fills are complete all the same."""

    def look() -> CheckResult:
        from tasks.market_data.calendar import ZONE

        broker.executions(broker.now().astimezone(ZONE).date())
        said = [remark for remark in broker.remarks() if remark.kind in CORRECTIONS]
        if not said:
            return CheckResult("corrections", True, "busts and corrections of trades can be read")
        words, _, remedy = said[0].words.rpartition("; ")
        return CheckResult("corrections", True, words or remedy, remedy if words else "examine the broker again later")

    return asked("corrections", look, broker)
