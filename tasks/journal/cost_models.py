"""Cost models fitted to a book's orders, and who put which one in force: added to and never changed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, func, select

from sql.audit_chain import hold_the_end
from sql.tables import cost_model_words, cost_models
from tasks.journal.statements import add, insert_once
from tasks.model.cost_model import CostModel, CostModelWord, check_content, model_id_of


class CostModels:
    """They need no lease: a session takes what was in force when it began."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def propose(self, book: str, first: date, last: date, body: Mapping[str, Any], at: datetime) -> CostModel:
        """Put a calibration on record under the book's next number; one that is there already stays as it is."""
        model_id = model_id_of(book, first, last, body)
        with self._engine.begin() as connection:
            # With the end held, two proposals get two numbers.
            hold_the_end(connection)
            newest = select(func.max(cost_models.c.version)).where(cost_models.c.book == book)
            number = (connection.execute(newest).scalar() or 0) + 1
            known = select(cost_models.c.model_id).where(cost_models.c.model_id == model_id)
            if connection.execute(known).first() is None:
                row = CostModel(model_id, book, number, first, last, dict(body), at)
                insert_once(connection, cost_models, [{name: getattr(row, name) for name in CostModel.__slots__}])
        return next(model for model in self.of(book) if model.model_id == model_id)

    def of(self, book: str) -> tuple[CostModel, ...]:
        """Oldest first. Raises: BadDataError where one is not what was recorded."""
        query = select(cost_models).where(cost_models.c.book == book).order_by(cost_models.c.version)
        with self._engine.connect() as connection:
            return tuple(check_content(CostModel(**row)) for row in connection.execute(query).mappings())

    def record(self, word: CostModelWord) -> None:
        """A person's word on a version."""
        with self._engine.begin() as connection:
            add(connection, cost_model_words, [{name: getattr(word, name) for name in CostModelWord.__slots__}])

    def words(self, book: str) -> tuple[CostModelWord, ...]:
        """On all versions of a book, oldest first."""
        query = select(cost_model_words).where(cost_model_words.c.book == book).order_by(cost_model_words.c.id)
        names = CostModelWord.__slots__
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return tuple(CostModelWord(**{name: row[name] for name in names}) for row in rows)
