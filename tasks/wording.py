"""How figures, hashes and a person's words stand in a sentence: money, a number of things, the name of a plan."""

from decimal import Decimal
from unicodedata import category, normalize

SHORT_HASH = 12
"""Characters of a hash that name a plan, a snapshot or a report beyond doubt."""


def dollars(amount: Decimal | float, places: int = 2, *, signed: bool = False) -> str:
    """$1,234.50 and -$700.65, the sign before the currency; `signed` gives what is above zero a plus."""
    text = f"{abs(amount):,.{places}f}"
    is_zero = not text.strip("0.,")
    sign = "" if is_zero else "-" if amount < 0 else "+" if signed else ""
    return f"{sign}${text}"


def counted(count: int | Decimal, one: str, many: str = "") -> str:
    """`1 trade`, `2 trades`; `many` for what is more than an s, as in `1 order works` and `2 orders work`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def short_hash(of: str) -> str:
    """The beginning of a hash, by which a person knows what it names."""
    return of[:SHORT_HASH]


def person(who: str) -> str:
    """A name as people are compared by it: without case, outer space, and what nobody sees in it.

    Full-width letters and other forms of the same letter are that letter (Unicode NFKC).
    """
    seen = "".join(one for one in normalize("NFKC", who) if category(one) not in STEERS)
    return " ".join(seen.casefold().split())


def spoken(words: str) -> str:
    """What a person said as one line of characters that can be seen; empty where there is nothing to see.

    White space becomes single spaces, so that no reason forges a line of a log; a character that steers a terminal or
    turns the direction of a text is written as `<U+202E>`.
    """
    line = " ".join(words.split())
    if not any(category(character)[0] not in "CZ" for character in line):
        return ""
    return readable(line)


STEERS = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's categories of what is not seen and steers what is: control, format, half a character, ends of lines."""


def readable(text: str) -> str:
    """The same text with what steers a terminal, a page or its direction written as `<U+202E>`; line ends too."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<U+{ord(one):04X}>" if category(one) in STEERS else one for one in text)
