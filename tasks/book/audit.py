"""Where a book keeps the proof that its record was not changed."""

from pathlib import Path

from pydantic import Field

from tasks.book.section import Section


class AuditSettings(Section):
    """Section `audit`: where the end of the audit chain is noted outside of the database."""

    anchor_folder: Path | None = Field(
        default=None,
        examples=["/mnt/elsewhere/anchors"],
        description="Folder that the end of the audit chain is noted in after every run, best on another disk or under "
        "another account; relative to the book file. Not set: beside STEELYARD_HOME. STEELYARD_ANCHORS overrides it.",
    )
    command: tuple[str, ...] = Field(
        default=(),
        examples=[("logger", "-t", "steelyard")],
        description="Program and arguments that are told every anchor as one JSON line on standard input; {at}, "
        "{book}, {seq} and {sha256} in an argument are filled in. No shell; what fails is a warning.",
    )
    command_timeout_s: int = Field(default=10, ge=1, le=120, description="How long the command may take, in seconds.")
