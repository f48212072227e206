"""The file of `--columns`: which column is which, the zone of times, side words, units. Pure."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tasks.errors import ConfigError
from tasks.tca.outside.column_names import NAMES, Kind
from tasks.tca.outside.problems import shown

Words = dict[str, str]
TIME_WORDS = "dmYyHMSfIpbBjz"
"""Of strptime those that mean the same everywhere, but for the names of months and of the half of a day."""
EXAMPLE = 'time_format: "%d.%m.%Y %H:%M:%S"'


class Units(BaseModel):
    """What one of the file's is in ours: 0.01 for prices in cents, 100 for shares in lots, -1 to turn a fee's sign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    price: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    shares: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    fee: Decimal = Decimal(1)


class ColumnSettings(BaseModel):
    """How the files of an analysis are to be read; everything has a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    executions: Words = Field(default_factory=dict)
    """Our field to the column of the executions."""
    orders: Words = Field(default_factory=dict)
    prices: Words = Field(default_factory=dict)
    zone: str = ""
    """IANA name; the zone of every time that does not say its own. Empty: such rows are left out."""
    sessions: str = "America/New_York"
    """IANA name; its calendar day is an order's session."""
    decimal: Literal[".", ","] = "."
    bar_time: Literal["start", "end"] = "start"
    """What the time of a bar is."""
    time_format: str = ""
    """How times and days that are no ISO 8601 are written, in the words of strptime."""
    sides: dict[str, Literal["BUY", "SELL"]] = Field(default_factory=dict)
    statuses: dict[str, Literal["new", "bust", "correct"]] = Field(default_factory=dict)
    units: Units = Units()

    @field_validator("zone", "sessions")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and not zone_exists(value):
            raise ValueError(f"{shown(value)} is no time zone; write an IANA name, e.g. America/New_York or UTC")
        return value

    @field_validator("time_format")
    @classmethod
    def _readable(cls, value: str) -> str:
        found = re.findall(r"%(.?)", value)
        wrong = [f"%{word}" for word in found if not word or word not in TIME_WORDS]
        known = ", ".join(f"%{word}" for word in TIME_WORDS)
        if wrong:
            raise ValueError(f"{', '.join(map(shown, wrong))} is no part of a time; the parts are {known}")
        twice = sorted({f"%{word}" for word in found if found.count(word) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is there twice; write it once")
        if value and not all(any(word in found for word in words) for words in ("Yy", "mbBj", "dj")):
            raise ValueError(f"year, month and day are not all in it; write e.g. {EXAMPLE}")
        if value:
            _try(value)
        return value

    @field_validator("executions", "orders", "prices")
    @classmethod
    def _fields(cls, value: Words, info: Any) -> Words:
        known = NAMES[Kind(info.field_name)]
        wrong = [name for name in value if name not in known]
        if wrong:
            raise ValueError(f"{', '.join(map(shown, wrong))}: no such field; the fields are {', '.join(known)}")
        return value

    def mapped(self, kind: Kind) -> Words:
        """Our field to the column, as the file says it."""
        return {Kind.EXECUTIONS: self.executions, Kind.ORDERS: self.orders, Kind.PRICES: self.prices}[kind]


def _try(time_format: str) -> None:
    """Parts that do not go together, e.g. %H with %I. Raises: ValueError."""
    try:
        pd.to_datetime(["-"], format=time_format, errors="coerce")
    except (ValueError, re.error) as error:
        raise ValueError(f"{shown(error)}; write e.g. {EXAMPLE}") from error


def zone_exists(name: str) -> bool:
    """Whether it is an IANA name that this machine knows."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError for a name, and a path outside is a ValueError
        return False
    except KeyError:
        return False
    return True


def settings_of(values: Mapping[str, Any], file: str) -> ColumnSettings:
    """Raises: ConfigError with every mistake of the file, `file: field = value: problem`."""
    try:
        return ColumnSettings.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_mistake(file, one) for one in error.errors())) from error


def _mistake(file: str, error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{file}: {shown(place)}: no such setting; the settings are {', '.join(ColumnSettings.model_fields)}"
    return f"{file}: {shown(place)} = {shown(error['input'])}: {error['msg'].removeprefix('Value error, ')}"
