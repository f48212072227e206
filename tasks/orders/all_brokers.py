"""No session ends on what a broker said earlier: where a book has several, all of them have to answer."""

from collections.abc import Collection

from tasks.brokers.account_snapshot import steady_account
from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.ports.broker import Broker
from tasks.ports.router import DIRECT
from tasks.retry import ALL_ANSWER


def everyones_account(broker: Broker, expected: Collection[str] = ()) -> AccountState:
    """The steady account, once every broker of the book answers: no plan is made on old words either.

    Raises: BrokerError that names the silent ones.
    """
    account = steady_account(broker, expected)
    for pause in ALL_ANSWER:
        if not account.silent:
            return account
        broker.wait_until(broker.now() + pause)
        account = steady_account(broker, expected)
    must_not_be_silent(account)
    return account


def wait_for_everyone(context: StepContext) -> None:
    """Return once every broker answers; the only one of a book answers, or raises, at the next question by itself.

    Raises: BrokerError that names the silent ones.
    """
    if context.router is not DIRECT:
        everyones_account(context.broker)


def must_have_answered(context: StepContext) -> None:
    """Raises: BrokerError when an old answer stood in for any since the account was last asked for, or now."""
    if context.router is not DIRECT:
        must_not_be_silent(context.broker.account_state())


def must_not_be_silent(account: AccountState) -> None:
    """Raises: BrokerError that names the brokers whose part of this answer is an old one."""
    if account.silent:
        names = ", ".join(f"{tag} (account {account.parts[tag].account})" for tag in account.silent)
        raise BrokerError(
            f"broker {names} does not answer, and nothing is planned or ended on what it said earlier. "
            "Nothing is lost: look at the connection, then run the session again; it goes on where it stopped"
        )
