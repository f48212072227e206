"""Which of a file's names means which of the book's symbols: a share class is written in many ways. Pure.

`BRK.B`, `BRK-B`, `BRK/B`, `BRK B` and `brk_b` are one share; so are `AAPL`, `aapl.us` and `AAPL US Equity`. `HEI` and
`HEI.A` are two.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Value = TypeVar("Value")

_MARKS = re.compile(r"[\s.\-/_]+")
_COUNTRY = re.compile(r"\.(?:US|U[ANPQRW]\.EQUITY|US\.EQUITY|US\.D|EQUITY)$")
"""How Stooq, EODHD and Bloomberg mark a share of the United States."""
_FILE_WORDS = re.compile(r"^DAILY\.(?:ADJUSTED\.)?|\.(?:HISTORICAL\.DATA|STOCK\.PRICE\.HISTORY)$")
"""What Alpha Vantage and investing.com write around the symbol in a file's name."""


def share_key(name: str) -> str:
    """The same for all spellings of one share: capitals, with a dot before its class."""
    dotted = _MARKS.sub(".", name.strip().upper()).strip(".")
    return _COUNTRY.sub("", _FILE_WORDS.sub("", dotted))


@dataclass(frozen=True, slots=True)
class Spellings:
    """What was found for the symbols that were asked for."""

    taken: dict[str, str] = field(default_factory=dict[str, str])
    """Symbol by the name in the file, for every name that is read; most are the same twice."""
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    """Names that would mean a symbol too, which is there in its own spelling; symbol by name."""
    unclear: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Symbols with several names of which none is their own spelling."""


def matched(symbols: Iterable[str], names: Iterable[str]) -> Spellings:
    """A name in a symbol's own spelling, in any case, is it; otherwise the only name with the same key is."""
    by_key: dict[str, list[str]] = {}
    for name in sorted(names):
        by_key.setdefault(share_key(name), []).append(name)
    found = Spellings()
    asked = set(symbols)
    for symbol in sorted(asked):
        candidates = [n for n in by_key.get(share_key(symbol), ()) if n == symbol or n not in asked]
        own = [name for name in candidates if name.upper() == symbol.upper()]
        others = [name for name in candidates if name not in own]
        chosen = own or (others if len(others) == 1 else [])
        found.taken.update(dict.fromkeys(chosen, symbol))
        found.left_out.update(dict.fromkeys([n for n in others if own], symbol))
        if not chosen and others:
            found.unclear[symbol] = tuple(others)
    return found


def respelled(by_name: Mapping[str, Value], known: Iterable[str]) -> dict[str, Value]:
    """The same by the known symbols; a name stays where its symbol is named itself."""
    known = tuple(known)
    means = {name: in_the_spelling_of(known, name) for name in by_name}
    counted = Counter(means.values())
    return {symbol if counted[symbol] == 1 else name: by_name[name] for name, symbol in means.items()}


def in_the_spelling_of(known: Iterable[str], name: str) -> str:
    """The known symbol that a name means, or the name itself where there is none, or more than one."""
    known = tuple(known)
    if name in known:
        return name
    means = {symbol for symbol in known if share_key(symbol) == share_key(name)}
    return means.pop() if len(means) == 1 else name
