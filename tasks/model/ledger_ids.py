"""Ids of ledger entries: a pure function of what they book, so that nothing is booked twice."""

from datetime import date

from tasks.model.broker_tags import prefixed, tag_of_id

OPENING = "opening:"
"""Begins the name of what was taken over."""
NOTED = f"{OPENING}statement"
"""The row that says that the lines of the opening's days were noted with it."""


def entry_id(book: str, name: str) -> str:
    """Of what a book books: a statement line by its own id, anything else by its name here."""
    return f"{book}:{name}"


def name_of(entry: str, book: str) -> str:
    """What `entry_id` was made of; an id of another making is its own name."""
    return entry.removeprefix(f"{book}:")


def opening_name(tag: str, what: str) -> str:
    """Of `cash` or a symbol taken over; where a book has several brokers, the tag says from which."""
    return f"{OPENING}{prefixed(tag, what) if tag else what}"


def tag_of_entry(entry: str, book: str) -> str:
    """The tag of the broker that an entry belongs to; empty where it names none."""
    return tag_of_id(name_of(entry, book).removeprefix(OPENING))


def action_name(symbol: str, ex_date: date) -> str:
    """Of a split that the broker's position shows and its statement does not."""
    return f"action:{symbol}:{ex_date}"


def balance_id(break_id: str) -> str:
    """Of the entry by which a person books a break."""
    return f"balance:{break_id}"
