"""How strict the data checks are."""

from datetime import date

from pydantic import Field

from tasks.book.section import Section


class AcceptedMove(Section):
    """A person's word that a move which looks like a wrong price is real."""

    symbol: str = Field(min_length=1, description="The symbol that moved.")
    session: date = Field(description="The day it moved, as the finding names it.")
    who: str = Field(min_length=1, description="The name of the person who says so.")
    because: str = Field(min_length=1, description="What happened, and where it can be read.")


class QualitySettings(Section):
    """Section `quality`: from where on prices are findings."""

    jump_pct: float = Field(
        default=35.0, gt=1, le=1000, description="A daily move above this is looked at, in percent."
    )
    reversal_pct: float = Field(
        default=80.0,
        gt=0,
        le=100,
        description="A jump of which at least this share comes back the next session is a bad print, in percent.",
    )
    accepted_moves: tuple[AcceptedMove, ...] = Field(
        default=(),
        description="Moves that a person has looked at and knows to be real, with who and because: such a move blocks"
        " nothing, and the name stands in the findings of every session whose look-back holds it.",
    )
    zero_volume_run: int = Field(default=3, ge=1, description="So many sessions in a row without volume are a finding.")
    stale_run: int = Field(default=4, ge=2, description="So many equal closes in a row are a finding.")
    exclude_bad_symbols: bool = Field(
        default=False,
        description="true: a symbol with a blocking finding is frozen (neither bought nor sold) and the rest goes"
        " on; false: the session halts.",
    )
