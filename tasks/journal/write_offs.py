"""Positions that a person wrote off or took back, as words that are never changed: the last one of a symbol counts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Engine, RowMapping, select

from sql.tables import write_offs
from tasks.journal.known import Known
from tasks.journal.statements import add


@dataclass(frozen=True, slots=True)
class WriteOff:
    """A person's word on a position that nobody prices."""

    book: str
    account: str
    symbol: str
    said: Literal["written_off", "taken_back"]
    price: Decimal | None
    """USD per share that it counts from now on, 0 or above; None where it is taken back."""
    who: str
    because: str
    at: datetime


class WriteOffs:
    """A person's words on positions that nobody prices; the newest on a symbol counts."""

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine = engine
        self._known = known

    def record(self, word: WriteOff) -> None:
        """Needs no lease: whoever works the book now obeys it at the next look."""
        with self._engine.begin() as connection:
            add(connection, write_offs, [{name: getattr(word, name) for name in WriteOff.__slots__}])
        self._known.forget_shared()

    def standing(self, book: str, account: str) -> dict[str, WriteOff]:
        """By symbol, what is written off and not taken back, whether it is held or not."""
        last = {word.symbol: word for word in self.history(book) if word.account == account}
        return {symbol: word for symbol, word in sorted(last.items()) if word.said == "written_off"}

    def history(self, book: str) -> tuple[WriteOff, ...]:
        """Every word on the book's positions, oldest first."""
        query = select(write_offs).where(write_offs.c.book == book).order_by(write_offs.c.id)

        def read() -> tuple[WriteOff, ...]:
            with self._engine.connect() as connection:
                return tuple(_word(row) for row in connection.execute(query).mappings())

        return self._known.recall_shared("write-offs", book, book, read)


def _word(row: RowMapping) -> WriteOff:
    return WriteOff(**{name: row[name] for name in WriteOff.__slots__})
