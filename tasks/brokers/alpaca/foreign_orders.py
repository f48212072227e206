"""Whose an order is that Alpaca tells, and what it is in that no book can hold: the marks by which it is known; pure.

Everybody with the key or the account's page can trade in it. Nobody but us gives names of our form, and nobody but
Alpaca gives UUIDs: to exits of ours, to what was entered on its page, and to orders that came without a name.
"""

import re
from collections.abc import Mapping
from typing import Any

from tasks.brokers.alpaca.parse_orders import NAMED_BY_ALPACA, SIMPLE

OF_OUR_FORM = re.compile(r"(\d{6}-.{1,10}-[BS]\d{3}\.\d+-[0-9a-f]{12}|val-\d{12}-\d+)(~[a-z])?(\+[a-z]+)?")
"""As `slice_key` and a validation's keys are written, with the tag of a broker and the role of an exit."""
SEVERAL_LEGS = "mleg"
KINDS = {
    "us_option": "option",
    "crypto": "crypto",
    "crypto_perp": "crypto future",
    "treasury": "bond",
    "corporate": "bond",
    "global_equity": "stock of another market",
    "us_index": "index",
    "us_equity_chain": "token",
    "ipo": "IPO",
}
"""Asset classes that are no US stocks. Another word may be a new name for one: that stays in the book."""


def kind_outside(row: Mapping[str, Any]) -> str:
    """What a position or an order is in, where a book cannot hold it; empty for a US stock."""
    if row.get("order_class") == SEVERAL_LEGS:
        return "options of several legs"
    return KINDS.get(str(row.get("asset_class")), "")


def has_our_form(client_order_id: object) -> bool:
    """Whether the name of an order is one that this program gives."""
    return OF_OUR_FORM.fullmatch(str(client_order_id)) is not None


def may_be_an_exit(row: Mapping[str, Any]) -> bool:
    """Whether it may belong to an order of ours although Alpaca named it: exits have the class of their order."""
    is_of_a_family = (row.get("order_class") or "") not in (*SIMPLE, SEVERAL_LEGS)
    return is_of_a_family and NAMED_BY_ALPACA.fullmatch(str(row.get("client_order_id"))) is not None


def words_of(row: Mapping[str, Any]) -> str:
    """An order of somebody else for a person: `buy 0.5 BTC/USD (crypto)`, or its name where it tells no more."""
    said = [str(row[name]) for name in ("side", "qty", "symbol") if row.get(name)]
    kind = kind_outside(row) or "cannot be read"
    return f"{' '.join(said) if len(said) == 3 else row.get('client_order_id') or row.get('id')} ({kind})"
