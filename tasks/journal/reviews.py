"""What reviewers said of reports, as words that are never changed: the last one on a point counts."""

from sqlalchemy import Engine, RowMapping, select

from sql.audit_chain import hold_the_end
from sql.tables import reviews
from tasks.errors import NotSignedError
from tasks.journal.statements import add
from tasks.model.review import ReviewWord, is_final


class Reviews:
    """Appended to and never changed; they need no lease, because nothing here is traded by."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, word: ReviewWord) -> None:
        """Raises: NotSignedError for a word on a report that somebody signed meanwhile."""
        row = {name: getattr(word, name) for name in ReviewWord.__slots__}
        with self._engine.begin() as connection:
            # With the end held, two signatures under one report come one after the other.
            hold_the_end(connection)
            query = select(reviews).where(reviews.c.cycle_id == word.cycle_id)
            said = [_word(found) for found in connection.execute(query).mappings()]
            for signed in said:
                if is_final(signed) and signed.report_sha256 == word.report_sha256:
                    raise NotSignedError(f"{signed.who} has signed this report; a signed report stays as it is")
            add(connection, reviews, [row])

    def of(self, cycle_id: str) -> tuple[ReviewWord, ...]:
        """On a session's reports, oldest first."""
        query = select(reviews).where(reviews.c.cycle_id == cycle_id).order_by(reviews.c.id)
        with self._engine.connect() as connection:
            return tuple(_word(row) for row in connection.execute(query).mappings())


def _word(row: RowMapping) -> ReviewWord:
    return ReviewWord(**{name: row[name] for name in ReviewWord.__slots__})
