"""What is said about names in price files that are not the book's own spelling of a symbol: pure."""

from collections.abc import Mapping, Sequence

from tasks.market_data.spelling import Spellings
from tasks.model.plan import Finding, Severity

SHOWN = 3


def named_otherwise(found: Spellings, files: Mapping[str, Sequence[str]]) -> list[Finding]:
    """One finding for each name that is taken for a symbol, left out beside it, or unclear; `files` by name."""

    def where(name: str) -> str:
        listed = list(files.get(name, ()))
        more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
        return f"{name!r} in {', '.join(listed[:SHOWN])}{more}"

    findings: list[Finding] = []
    for name, symbol in sorted(found.taken.items()):
        if name != symbol:
            message = f"{symbol}: {where(name)} was taken for it"
            findings.append(Finding(Severity.INFO, "spelled_otherwise", symbol, message, symbol=symbol))
    for name, symbol in sorted(found.left_out.items()):
        message = f"{symbol}: {where(name)} was left out, because {symbol} is there in its own spelling. Keep one"
        findings.append(Finding(Severity.WARN, "spelled_twice", symbol, message, symbol=symbol))
    for symbol, names in sorted(found.unclear.items()):
        message = (
            f"{symbol}: {' and '.join(where(name) for name in names)} could each be meant, so none was taken. "
            f"Keep one of them, or name the right one {symbol}"
        )
        findings.append(Finding(Severity.HALT, "unclear_spelling", symbol, message, symbol=symbol))
    return findings
