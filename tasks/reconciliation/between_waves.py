"""The cheap comparison before each wave: the account as the broker has it against the ledger."""

from tasks.desk import Desk
from tasks.holdings.owned import Owned, owned
from tasks.reconciliation.compare import cash_differs, differing_symbols
from tasks.reconciliation.gathering import believed
from tasks.reconciliation.recording import locked_symbols, record_comparison


def compare_between_waves(desk: Desk, has: Owned | None = None) -> dict[str, str]:
    """Symbols that must not be traded, each with its sentence; call it after collecting.

    `has` is what the book owns by its record, where the caller has read it: the newest fills must be in it.
    It costs one question and the ledger while both agree and no break is open. A difference is collected for and looked
    at again before it becomes a break: shares may be on their way.
    Raises: BrokerError when the account does not settle.
    """
    ours = (has or owned(desk)).state
    account = believed(desk, desk.broker.account_state())
    apart = differing_symbols(ours.shares(), account.positions)
    agrees = not apart and not cash_differs(ours.cash_usd, account.cash)
    if agrees and not desk.journal.books.breaks(desk.book.book, open_only=True):
        return {}
    prices = {symbol: quote.last for symbol, quote in desk.broker.quotes(sorted(apart)).items()}
    record_comparison(desk, account, prices)
    return locked_symbols(desk)
