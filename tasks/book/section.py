"""The base of every section of a book file: frozen, unknown keys refused, a description on every field."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of a book file: immutable, and a field nobody knows is an error, not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)
