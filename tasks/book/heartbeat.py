"""The dead man's switch of a book: whose sign of life it trades under."""

from typing import Literal

from pydantic import Field

from tasks.book.breakers import Then
from tasks.book.section import Section


class HeartbeatSettings(Section):
    """Section `risk.heartbeat`: nothing more is sent when nobody is there any more."""

    max_silence_s: float | None = Field(
        default=None,
        ge=5,
        le=604_800,
        description="Longest silence, in seconds, looked at before every order and every few seconds between waves. "
        "null switches it off.",
        examples=[1800],
    )
    of: Literal["operator", "desk"] = Field(
        default="operator",
        description='Whose sign of life: `operator` gives it by `steelyard heartbeat --who "your name"`; `desk` is '
        "what `steelyard up` started, every ten seconds.",
    )
    then: Then = Field(default="halted", description="What the book is set to when it is missing.")
