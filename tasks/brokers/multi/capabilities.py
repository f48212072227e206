"""What several brokers take together, and their accounts added up; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.book.broker import RouteSettings
from tasks.errors import ConfigError
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities


def together(parts: Mapping[str, Capabilities], routes: Sequence[RouteSettings]) -> Capabilities:
    """One table for the whole: what any broker takes, and of every promise the weakest.

    Each order is held against the table of the broker that it goes to before it is on record, so the union promises
    nothing that is not kept. Fractions are the exception: what is planned in fractions needs a broker, so they are
    taken only where such orders have a way to one that takes them, whatever their symbol and side.
    Raises: ConfigError when simulated and real clocks are mixed.
    """
    known = list(parts.values())
    must_have_one_kind_of_clock(parts)
    fractional = _fractions_find_a_broker(parts, routes)
    return replace(
        known[0],
        environment=_environment(known),
        takes=frozenset[object]().union(*(table.takes for table in known)),
        fractions=frozenset[object]().union(*(table.fractions for table in known)) if fractional else frozenset(),
        share_step=(min if fractional else max)(table.share_step for table in known),
        price_step=max(table.price_step for table in known),
        market_data_note=" ".join(f"{tag}: {table.market_data_note}" for tag, table in parts.items()),
        classes=frozenset[object]().union(*(table.classes for table in known)),
        native=frozenset[object]().union(*(table.native for table in known)),
        longest_key=max(table.longest_key for table in known),
        per_execution_fills=all(table.per_execution_fills for table in known),
        statement=all(table.statement for table in known),
        corrections=all(table.corrections for table in known),
        keys_are_unique=all(table.keys_are_unique for table in known),
        absence_proves_after=max(table.absence_proves_after for table in known),
    )


def must_have_one_kind_of_clock(parts: Mapping[str, Capabilities]) -> None:
    """Raises: ConfigError when waiting moves the clock of some brokers and takes real time at others."""
    jumping = [tag for tag, table in parts.items() if table.clock_jumps]
    real = [tag for tag, table in parts.items() if not table.clock_jumps]
    if jumping and real:
        raise ConfigError(
            f"broker.parts: the clock of {', '.join(jumping)} jumps and that of {', '.join(real)} is the real one; one "
            "session cannot have two times: put the simulated brokers into a book of their own"
        )


def _fractions_find_a_broker(parts: Mapping[str, Capabilities], routes: Sequence[RouteSettings]) -> bool:
    """Whether an order with fractions that meets no condition but that one goes to a broker that takes some."""
    preferred = next(iter(parts))
    any_order = (r for r in routes if not r.symbols and not r.side and r.needs in ("", "fractions"))
    to = next((list(route.to) for route in any_order), [preferred])
    return any(parts[tag].fractions for tag in to)


def _environment(known: Sequence[Capabilities]) -> str:
    """The one they share; else `live`, as soon as real money is in it."""
    found = sorted({table.environment for table in known})
    return found[0] if len(found) == 1 else ("live" if "live" in found else ", ".join(found))


ZERO = Decimal(0)


def summed(account: str, parts: Mapping[str, AccountState], silent: Collection[str]) -> AccountState:
    """Cash and signed shares of all parts together; a symbol in which they add up to nothing is left out.

    `silent` are the tags of those whose word is an old one; the time is that of the newest word.
    """
    cash = sum((part.cash for part in parts.values()), ZERO)
    at = max(part.at for part in parts.values())
    outside = tuple(holding for part in parts.values() for holding in part.outside)
    old = tuple(tag for tag in parts if tag in silent)
    return AccountState(account, at, cash, _positions(parts), dict(parts), old, outside)


def _positions(parts: Mapping[str, AccountState]) -> dict[str, Decimal]:
    symbols = sorted({symbol for part in parts.values() for symbol in part.positions})
    totals = {s: sum((part.positions.get(s, ZERO) for part in parts.values()), ZERO) for s in symbols}
    return {symbol: shares for symbol, shares in totals.items() if shares}
