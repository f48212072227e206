"""What a session cost, in a few words: the first figure of its report."""

from tasks.tca.costs import CostParts
from tasks.wording import dollars


def cost_sentence(total: CostParts) -> str:
    """Implementation shortfall in USD and in basis points of what was decided; a gain is called one."""
    if total.total_usd is None or total.total_bps is None:
        return "no trades, no cost"
    word = "cost" if total.total_usd >= 0 else "gained"
    return f"the session {word} {dollars(abs(total.total_usd))}, {abs(total.total_bps):,.2f} bps of what was decided"
