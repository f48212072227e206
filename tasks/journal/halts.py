"""Whether anything may be sent: the halt states of each book and of all of them, as events that are never changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, select

from sql.tables import halts
from tasks.journal.statements import add, looking
from tasks.model.account import HaltState
from tasks.model.halts import BREAKER, EVERY_BOOK, STRICTNESS, Halt


def option_of(scope: str) -> str:
    """How a command names a scope."""
    return "--all" if scope == EVERY_BOOK else scope


def resumed_by(scope: str) -> str:
    """The command that lets a scope trade again."""
    return f'steelyard resume {option_of(scope)} --who "your name" --because "..."'


# Built once: it is asked before every single order, and building it costs more than running it.
_SPOKEN = halts.alias()
_LAST_WORD = select(func.coalesce(func.max(_SPOKEN.c.id), 0)).where(
    _SPOKEN.c.scope == halts.c.scope, _SPOKEN.c.who.not_like(f"{BREAKER}%")
)


def in_force(*scopes: Any) -> ColumnElement[bool]:
    """What picks the halts of these scopes that still count."""
    return and_(halts.c.scope.in_(scopes), halts.c.id >= _LAST_WORD.scalar_subquery())


def strictest(found: Sequence[Halt]) -> Halt | None:
    """Of several that are as strict the first one given."""
    return max(found, key=lambda halt: STRICTNESS.index(halt.state), default=None)


class Halts:
    """What may be sent, book by book and for all books together; the newest word for a scope stands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, halt: Halt) -> None:
        """Needs no lease: it binds whoever works the book before the next order."""
        values = {name: getattr(halt, name) for name in Halt.__slots__}
        row = {**values, "state": halt.state.value, "figures": dict(halt.figures)}
        with self._engine.begin() as connection:
            add(connection, halts, [row])

    def standing(self, book: str) -> Halt | None:
        """The strictest of what stands for this book and for every book; None when nothing was ever said."""
        return self._strictest(book, EVERY_BOOK)

    def of_scope(self, scope: str) -> Halt | None:
        """What stands for one scope alone."""
        return self._strictest(scope)

    def _strictest(self, *scopes: str) -> Halt | None:
        """Of each scope a person's last word counts, and every breaker's since then.

        So a breaker can only tighten: one that trips in the moment in which a person halts takes nothing back.
        """
        with looking(self._engine) as connection:
            standing = select(halts).where(in_force(*scopes)).order_by(halts.c.id.desc())
            found = [halt_of(row) for row in connection.execute(standing).mappings()]
        return strictest(found)

    def state(self, book: str) -> HaltState:
        """The strictest that stands for the book or for every book; NORMAL when nobody ever halted it."""
        standing = self.standing(book)
        return standing.state if standing else HaltState.NORMAL

    def history(self, book: str | None = None) -> tuple[Halt, ...]:
        """Every change, oldest first; of one book, those of all books included."""
        query = select(halts).order_by(halts.c.id)
        if book:
            query = query.where(halts.c.scope.in_([book, EVERY_BOOK]))
        with self._engine.connect() as connection:
            return tuple(halt_of(row) for row in connection.execute(query).mappings())


def halt_of(row: Any) -> Halt:
    """From a row with all columns of `halts`."""
    cells: dict[str, Any] = {name: row[name] for name in Halt.__slots__}
    cells["state"] = HaltState(row["state"])
    return Halt(**cells)
