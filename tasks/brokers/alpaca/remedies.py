"""Alpaca's refusals in a person's words, each ending with what to do: pure."""

from tasks.brokers.alpaca.answers import Refused

DETAILS = ("buying_power", "cost_basis", "existing_qty", "held_for_orders", "available", "detail")
"""Fields of a refusal's body that say more, where they are there."""
REMEDIES = (
    ("wash trade", "cancel the open order of the other side and wait until it is gone, then send this one"),
    ("buying power", "sell first, cancel open buys, or lower the target: open buys hold buying power"),
    ("insufficient qty", "cancel the open sells that hold these shares, or sell fewer"),
    ("not authorized to trade", "look at the account's page at Alpaca: trading may be blocked"),
    ("sub-penny", "round the limit price to a cent, or to 0.0001 USD below one dollar"),
    ("fraction", "send whole shares, or a plain day order of an asset that is traded in fractions"),
    ("not found", "look the symbol up at Alpaca; it may have been renamed or delisted"),
    ("not tradable", "take the symbol out of the universe until Alpaca trades it again"),
    ("market is closed", "wait for the next session"),
)
BY_STATUS = {
    401: "check APCA_API_KEY_ID and APCA_API_SECRET_KEY, and that they belong to this host (paper or live)",
    403: "look at the account's restrictions at Alpaca",
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
