"""Asks the questions of `sql/queries`: one file a question, the same on SQLite and PostgreSQL."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, String, bindparam, text
from sqlalchemy.types import TypeDecorator, TypeEngine

from sql.tables import metadata

QUERIES = Path(__file__).parent / "queries"


class Summed(TypeDecorator[Decimal]):
    """What SQL added up: a float on SQLite, taken by its digits."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else Decimal(str(value))


SUMS = ("filled_shares", "traded_usd", "price_cost_usd", "fees_usd")
"""Columns that no table has, and that are amounts."""


def questions() -> dict[str, str]:
    """By name, the sentence each file opens with."""
    return {
        path.stem: _text(path.stem).partition("\n")[0].removeprefix("-- ") for path in sorted(QUERIES.glob("*.sql"))
    }


def needs(question: str) -> tuple[str, ...]:
    """Names of the values that a question needs, in the order of the alphabet. Raises: KeyError as `ask`."""
    return tuple(sorted(text(_known(question)).compile().params))


def ask(connection: Connection, question: str, **values: Any) -> tuple[Mapping[str, Any], ...]:
    """The rows of the answer; a column has the type of the tables' column of its name.

    Raises: KeyError for a question that is not there.
    """
    types = _types()
    given = [bindparam(name, type_=types.get(name, String())) for name in values]
    asked = text(_known(question)).bindparams(*given).columns(**types)
    return tuple(dict(row) for row in connection.execute(asked, values).mappings())  # type: ignore[arg-type]


def _known(question: str) -> str:
    if question not in questions():
        raise KeyError(f"{question} is not one of {', '.join(questions())}")
    return _text(question)


@cache
def _text(question: str) -> str:
    return (QUERIES / f"{question}.sql").read_text(encoding="utf-8")


@cache
def _types() -> dict[str, TypeEngine[Any]]:
    """One word means one thing in every table."""
    columns = {column.name: column.type for table in metadata.tables.values() for column in table.columns}
    return columns | {name: Summed() for name in SUMS}
