"""The open breaks of a book on a card of their own: each with the id by which a person explains it."""

from tasks.artifacts import publish
from tasks.context import StepContext
from tasks.model.artifact import Artifact
from tasks.wording import counted


def show_open_breaks(context: StepContext) -> None:
    """Nothing where ledger and broker agree."""
    rows = context.journal.books.breaks(context.book.book, open_only=True)
    if not rows:
        return
    told = f"{counted(len(rows), 'break')} open. Explain one by its id with the deployment `explain`."
    shown = [{"id": row.break_id, "what": row.sentence, "USD": row.amount_usd or ""} for row in rows]
    publish(context.cycle_id, "open breaks", Artifact("Open breaks", told, shown))
