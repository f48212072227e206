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
    ("to short", "let the book hold no short position in this symbol, or enable shorting for the account at Alpaca"),
    ("extended hours", "send a limit order, or wait for regular hours"),
    ("not authorized to trade", "look at the account's page at Alpaca: trading may be blocked"),
    ("sub-penny", "round the limit price to a cent, or to 0.0001 USD below one dollar"),
    ("fraction", "send whole shares, or a plain day order of an asset that is traded in fractions"),
    ("not found", "look the symbol up at Alpaca; it may have been renamed or delisted"),
    ("not tradable", "take the symbol out of the universe until Alpaca trades it again"),
    ("market is closed", "wait for the next session"),
)
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
