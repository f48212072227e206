"""What the gate knows at the moment a wave is sent: gathered once a wave."""

from collections.abc import Mapping

from tasks.context import StepContext
from tasks.execution.buying_power import worth_usd
from tasks.model.account import AccountState
from tasks.model.market import Quote
from tasks.plan.check_context import CheckContext
from tasks.plan.gather import last_close


def context_now(context: StepContext, account: AccountState, quotes: Mapping[str, Quote]) -> CheckContext:
    """What the gate knows at this moment; `account` is the broker's word of just now."""
    opens, closes = context.broker.session_hours(context.session)
    return CheckContext(
        gate=context.book.risk,
        orders=context.book.orders,
        nav_usd=worth_usd(context, account, quotes),
        cash_usd=account.cash,
        positions=account.positions,
        quotes=quotes,
        now=context.broker.now(),
        opens=opens,
        closes=closes,
        last_close=last_close(context),
        long_only=context.book.limits.long_only,
        execution=context.book.execution,
        capabilities=context.broker.capabilities,
    )
