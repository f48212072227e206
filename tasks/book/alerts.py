"""Who is told what happens to a book."""

from typing import Annotated

from pydantic import Field, StringConstraints

from tasks.book.section import Section

BLOCK = r"^[a-z0-9-]+/[a-z0-9-]+$"


class AlertSettings(Section):
    """Section `alerts` of a book file: which notification blocks of Prefect hear of this book."""

    notify: tuple[Annotated[str, StringConstraints(pattern=BLOCK)], ...] = Field(
        default=(),
        examples=[("slack-webhook/desk",)],
        description="Notification blocks of Prefect, as TYPE/NAME, that are told when a person is wanted: an approval, "
        "a break, a breaker, a refused or unknown order, a missed session, a run that ended badly. `steelyard up` sets "
        "it up. STEELYARD_NOTIFY names those that hear of every book.",
    )
