"""The names under which people write cash into a list of symbols."""

from collections.abc import Collection

ALWAYS = frozenset({"cash", "$", "$cash", "us dollar", "us dollars"})
"""In lower case; cash is a row of every table here, so none of these can be a symbol."""
UNLESS_LISTED = frozenset({"usd"})
"""A fund is traded under this symbol: where the universe lists it, it is the fund."""


def means_cash(name: str, universe: Collection[str] = ()) -> bool:
    """Whether a row stands for cash and not for a symbol of the universe."""
    plain = name.strip().lower()
    return plain in ALWAYS or (plain in UNLESS_LISTED and name not in universe)


def never_a_symbol(name: str) -> bool:
    """Whether the name can only mean cash, in any spelling."""
    return name.strip().lower() in ALWAYS
