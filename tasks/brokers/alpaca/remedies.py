"""Alpaca's refusals in a person's words, each ending with what to do: pure."""

from tasks.brokers.alpaca.answers import Refused

DETAILS = ("buying_power", "cost_basis", "existing_qty", "held_for_orders", "available", "detail")
"""Fields of a refusal's body that say more, where they are there."""
REMEDIES = (
    (
        "opg orders",
        "start the session so that its orders for the opening auction go out before 9:28 in New York (they are taken "
        "from 19:00 the evening before), or trade without that auction",
    ),
    (
        "cls orders",
        "send orders for the closing auction before 15:50 in New York (they are taken from 19:00 the evening before), "
        "or trade without that auction",
    ),
    ("wash trade", "cancel the open order of the other side and wait until it is gone, then send this one"),
    ("buying power", "sell first, cancel open buys, or lower the target: open buys hold buying power"),
    ("insufficient qty", "cancel the open sells that hold these shares, or sell fewer"),
    ("insufficient balance", "sell first, or lower the target: there is not enough cash for this order"),
    ("minimal amount", "leave it out or make it larger: Alpaca takes no order below one dollar"),
    ("day trading", "wait for the next session: the account may not day-trade any more now"),
    ("rejected by user request", "let the account take orders again in its settings at Alpaca (suspend trade)"),
    ("liquidation only", "look at the account's page at Alpaca: it may only close positions now"),
    ("sold short", "let the book hold no short position in this symbol: Alpaca does not lend it now"),
    ("to short", "let the book hold no short position in this symbol, or enable shorting for the account at Alpaca"),
    ("extended hours", "send a limit order, or wait for regular hours"),
    ("not authorized to trade", "look at the account's page at Alpaca: trading may be blocked"),
    ("sub-penny", "round the limit price to a cent, or to 0.0001 USD below one dollar"),
    ("fraction", "send whole shares, or a plain day order of an asset that is traded in fractions"),
    ("not found", "look the symbol up at Alpaca; it may have been renamed or delisted"),
    ("not tradable", "take the symbol out of the universe until Alpaca trades it again"),
    ("market is closed", "wait for the next session"),
)
LASTING_STATUSES = frozenset({403, 422})
LASTING = (
    ("to short",),
    ("sold short",),
    ("not authorized to trade",),
    ("asset", "not found"),
    ("not tradable",),
    ("asset", "not active"),
    ("rejected by user request",),
    ("liquidation only",),
    ("account", "restricted"),
    ("account", "blocked"),
)
"""Parts that stand together in a refusal which a further order of the asset would meet as well: by the account's flags
(trading blocked, suspended by the user, no short sales) or the asset's (not tradable, not shortable). Alpaca keeps
status and code and may change its words: what is not known here is a refusal of the one order."""
BY_STATUS = {
    401: "check APCA_API_KEY_ID and APCA_API_SECRET_KEY, and that they belong to this host (paper or live)",
    403: "do what the message says; where it says nothing of the order, look at the account's restrictions at Alpaca",
    404: "look it up at Alpaca",
    422: "correct the order as the message says",
}


def sentence(refused: Refused) -> str:
    """What was said, with its figures and its remedy."""
    figures = ", ".join(f"{name} {refused.body[name]}" for name in DETAILS if refused.body.get(name) is not None)
    return f"Alpaca: {refused}{f' [{figures}]' if figures else ''}; {remedy(refused)}"


def remedy(refused: Refused) -> str:
    """What to do about it; the message decides where its words are known, else the status."""
    words = refused.message.lower()
    known = [advice for part, advice in REMEDIES if part in words]
    return known[0] if known else BY_STATUS.get(refused.status, "ask Alpaca's support, with the code")


def lasts(refused: Refused) -> bool:
    """Whether a further order of the same asset would be refused as well, whatever it is."""
    words = refused.message.lower()
    return refused.status in LASTING_STATUSES and any(all(part in words for part in parts) for parts in LASTING)
