"""Which broker a key or an id belongs to: the tag of one letter, as it is written and read; pure.

A client order id ends with its tag, so that every later question about it, also after a restart, goes to the right
broker as a pure function of the key. What brokers number by themselves begins with it, so that two can never collide.
"""

import re

MARK = "~"
"""Between a key and its tag; a leg's role comes behind it (`KEY~a+tp`)."""
LONGEST = 2
"""Characters that a tag adds."""
_KEY = re.compile(r"~([a-z])(?:\+[a-z]+)?")
_ID = re.compile(r"([a-z]):(.*)", re.DOTALL)


def tagged(key: str, tag: str) -> str:
    """The key under which an order goes to one of the brokers."""
    return f"{key}{MARK}{tag}"


def tag_of(key: str) -> str:
    """The tag that a key ends with; empty where it has none."""
    found = _KEY.fullmatch(key[key.rfind(MARK) :]) if MARK in key else None
    return found[1] if found else ""


def with_tag_of(key: str, like: str) -> str:
    """A new key for the same broker as another key's: what an order's next generation is sent under."""
    tag = tag_of(like)
    return tagged(key, tag) if tag else key


def prefixed(tag: str, name: str) -> str:
    """A broker's own number as the book keeps it; nothing stays nothing."""
    return f"{tag}:{name}" if name else ""


def untagged(key: str) -> str:
    """The key as it was decided, before a route named a broker."""
    tag = tag_of(key)
    return key.removesuffix(tagged("", tag)) if tag else key


def tag_of_id(name: str) -> str:
    """The tag that an execution id, order number or statement line id begins with; empty where it has none."""
    found = _ID.fullmatch(name)
    return found[1] if found else ""
