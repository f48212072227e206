"""Which sessions a book can be run for: what its prices reach to, and what its broker can still trade."""

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from tasks.book.model import Book
from tasks.brokers.registry import is_simulated, prices_at
from tasks.brokers.sandbox.address import is_named
from tasks.errors import ConfigError
from tasks.market_data import calendar
from tasks.model.cycle import Cycle
from tasks.ports.prices import Source

NEXT = "next"
Asked = date | Literal["next"] | None
"""A session as it is asked for: a date, the one after the last finished one, or none in particular."""
_TYPED = {"type": "string", "pattern": rf"^({NEXT}|\d{{4}}-\d\d-\d\d)?$"}
AskedInForm = Annotated[
    Asked,
    BeforeValidator(lambda typed: typed or None),  # the field emptied
    WithJsonSchema({"anyOf": [_TYPED, {"type": "null"}]}),
]
"""The same as one field to type into: of a date or a fixed word, Prefect's form shows neither and sends neither."""


NO_SESSION = "no_session"
"""Status of a run that had nothing to do, and ended green."""


class NoNextSessionError(ConfigError):
    """The book is finished up to where its prices end."""


def newest_session(book: Book, source: Source, environment: Mapping[str, str] = os.environ) -> date:
    """The last session the prices allow to be traded.

    A simulated market is made of the session's own prices. A real one needs those before it only: there the session
    after the last price is the newest. So does a venue whose prices the book is told over its wire.
    """
    last = source.available()[1]
    if not is_real_market(book, environment):
        return last
    return calendar.next_session(last, book.exchange)


def newest_to_plan(book: Book, source: Source, environment: Mapping[str, str] = os.environ) -> date:
    """The last session the prices allow to be planned: the one after the last close, whoever will trade it."""
    if not is_simulated(book.broker):
        return newest_session(book, source, environment)
    return calendar.next_session(source.available()[1], book.exchange)


def session_asked(
    asked: Asked,
    book: Book,
    source: Source,
    on_record: Sequence[Cycle],
    *,
    planning: bool,
    environment: Mapping[str, str] = os.environ,
) -> date:
    """The session that is meant, checked; `on_record` are the book's rebalances, newest first.

    None in particular is the newest, or in a book that replays (`data.replay_from`) the one it has come to. `next` is
    the one after the last finished, or the one that is not finished yet; a real market trades only the newest.
    Raises: ConfigError for a day without trading or one beyond the prices, NoNextSessionError when there is no next.
    """
    replays = book.data.replay_from is not None and not is_real_market(book, environment)
    if isinstance(asked, date):
        day = asked
    elif on_record and (replays or (asked == NEXT and not is_real_market(book, environment))):
        last = newest_to_plan(book, source, environment) if planning else newest_session(book, source, environment)
        day = _following(on_record[0], book, source, last) if asked == NEXT else on_record[0].session
    elif replays and book.data.replay_from is not None:
        day = book.data.replay_from
    else:
        day = newest_session(book, source, environment)
    check_session(day, book, source, planning=planning, environment=environment)
    return day


def check_session(
    day: date, book: Book, source: Source, *, planning: bool = False, environment: Mapping[str, str] = os.environ
) -> None:
    """Raises: ConfigError for a day without trading, or one that the book's prices do not reach."""
    exchange = book.exchange
    if not calendar.is_session(day, exchange):
        before, after = calendar.previous_session(day, exchange), calendar.next_session(day, exchange)
        raise ConfigError(
            f"{day} is not a session of {exchange}: the exchange is closed. The sessions around it are {before} and "
            f"{after}"
        )
    first, end = source.available()
    last = newest_session(book, source, environment)
    if day > last and day == newest_to_plan(book, source, environment):
        if planning:
            return
        raise ConfigError(
            f"session {day} has no prices yet: source `{source.name}` ends on {end}, and the simulated broker trades "
            f"on the session's own bars. `steelyard plan BOOK --session {day}` plans it now; run it once its bars are "
            f"there, or choose a session within {first} to {end}"
        )
    if not first < day <= last:
        raise ConfigError(
            f"session {day} is outside the data of source `{source.name}` ({first} to {end}); "
            f"choose a session within it, {newest_to_plan(book, source, environment)} at the latest for a plan"
            + (_missing(end, day, exchange) if day > last else "")
        )


def _missing(end: date, day: date, exchange: str) -> str:
    """The sessions whose prices a plan for a day would need and the source, which ends before, does not have."""
    first, last = calendar.next_session(end, exchange), calendar.previous_session(day, exchange)
    return f"; the prices of {first} are missing" if first == last else f"; prices from {first} to {last} are missing"


def _following(newest: Cycle, book: Book, source: Source, last: date) -> date:
    """The session after the newest on record, or that one while it is unfinished. Raises: NoNextSessionError."""
    following = calendar.next_session(newest.session, book.exchange)
    if not is_finished(newest):
        return newest.session
    if following <= last:
        return following
    ends = f"there is no next session: {book.book} is finished up to {newest.session}, where"
    if source.name != "sample":
        raise NoNextSessionError(f"{ends} source `{source.name}` ends; add the prices of {following}, then ask again")
    raise NoNextSessionError(
        f"{ends} the bundled sample ends; go on with prices of your own (data.source: files, alpaca or ibkr, see "
        "`steelyard init`), or replay it once more in another STEELYARD_HOME"
    )


def is_finished(cycle: Cycle) -> bool:
    """Whether nothing is left to do for a session: research ends at its plan."""
    return cycle.status == "done" or (cycle.mode == "research" and cycle.status == "planned")


def is_real_market(book: Book, environment: Mapping[str, str]) -> bool:
    """Whether sessions come by themselves; a simulated market and a venue at hand replay what the source has."""
    is_at_hand = prices_at(book.data.source) is None
    return not (is_simulated(book.broker) or (is_named(environment) and is_at_hand))
