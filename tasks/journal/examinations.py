"""What `doctor` and `validate` found at a broker, each kept for good: real money needs one that was passed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, select

from sql.tables import examinations
from tasks.journal.writing import add


@dataclass(frozen=True, slots=True)
class Examination:
    kind: Literal["doctor", "validate"]
    broker: str
    account: str
    live: bool
    passed: bool
    figures: Mapping[str, Any]
    """Each check with its outcome, and latencies in seconds."""
    at: datetime


class Examinations:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, examination: Examination) -> None:
        row = {name: getattr(examination, name) for name in Examination.__slots__}
        with self._engine.begin() as connection:
            add(connection, examinations, [{**row, "figures": dict(examination.figures)}])

    def newest(self, kind: str, broker: str, account: str, *, live: bool) -> Examination | None:
        """The last one of this kind at this account, passed or not."""
        table = examinations.c
        query = (
            select(examinations)
            .where(table.kind == kind, table.broker == broker, table.account == account, table.live == live)
            .order_by(table.id.desc())
            .limit(1)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Examination(**{name: row[name] for name in Examination.__slots__})
