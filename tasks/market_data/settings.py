"""Where prices come from and which symbols a book may hold."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tasks.settings import Section


class UniverseSettings(Section):
    symbols: tuple[str, ...] = Field(default=(), description="Symbols the book may hold, in the exchange's spelling.")
    file: Path | None = Field(
        default=None,
        description="CSV with a `symbol` column and, where known, `sector`, `esg_score` (higher is better) and "
        "`carbon_intensity` (tonnes CO2e per million USD of revenue); relative to the book file.",
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> "UniverseSettings":
        if bool(self.symbols) == (self.file is not None):
            raise ValueError("give either `symbols` or `file`, and not both")
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols named twice: {', '.join(twice)}; name each once")
        return self


class DataSettings(Section):
    source: Literal["sample", "files"] = Field(
        default="sample", description="`sample`: the bundled 20 US stocks, 1990-2022; `files`: your own CSV or Parquet."
    )
    daily_path: Path | None = Field(
        default=None,
        description="For `files`: a CSV or Parquet file (or a folder of them) of daily bars, long (one row a "
        "symbol and "
        "session) or wide (one column a symbol, closes only); relative to the book file.",
    )
    intraday_path: Path | None = Field(
        default=None,
        description="For `files`: minute or second bars, with bid and ask where known; used by the simulated broker.",
    )
    actions_path: Path | None = Field(
        default=None,
        description="For `files`: CSV of corporate actions with ex_date, symbol, kind (split|dividend), value.",
    )
    adjustment: Literal["raw", "split", "split_and_dividend"] = Field(
        default="split_and_dividend", description="How the source's prices are already adjusted."
    )
    lookback_sessions: int = Field(
        default=504, ge=60, le=5040, description="Sessions of history a decision is based on."
    )
    max_age_sessions: int = Field(
        default=1,
        ge=1,
        le=10,
        description="The newest price may be at most this many sessions older than the session to trade.",
    )
    min_coverage_pct: float = Field(
        default=95.0,
        gt=0,
        le=100,
        description="Share of the look-back's sessions a symbol must have to be decided on, in percent.",
    )
