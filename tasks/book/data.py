"""Where prices come from and which symbols a book may hold."""

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from tasks.book.section import Section


class UniverseSettings(Section):
    """Section `universe`: exactly one of its two fields is given."""

    symbols: tuple[str, ...] = Field(default=(), description="Symbols the book may hold, in the exchange's spelling.")
    file: Path | None = Field(
        default=None,
        description="CSV with a `symbol` column and, where known, `sector`, `esg_score` (higher is better) and "
        "`carbon_intensity` (tonnes CO2e per million USD of revenue); relative to the book file.",
        examples=["universe.csv"],
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> "UniverseSettings":
        if bool(self.symbols) == (self.file is not None):
            missing = not self.symbols and self.file is None
            remedy = "write e.g. symbols: [AAPL, MSFT]" if missing else "remove one of the two"
            raise ValueError(f"a universe has either `symbols` or `file`; {remedy}")
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols named twice: {', '.join(twice)}; name each once")
        return self


class AlpacaDataSettings(Section):
    """Section `data.alpaca`: prices only; trading has settings of its own in `broker.alpaca`."""

    credentials_block: str = Field(
        default="",
        description="Prefect Secret block with the key and secret as JSON; empty: they come from the environment.",
    )
    feed: Literal["sip", "iex", "otc"] = Field(
        default="sip",
        description="Where the bars come from: `sip` is all US exchanges (a free key may ask for it up to 15 minutes "
        "ago, which is enough here), `iex` one exchange with a few percent of the volume. Stated with every snapshot.",
    )
    requests_a_minute: int = Field(
        default=200, ge=10, le=10_000, description="What the key may ask of the data host, all processes together."
    )


class IbkrDataSettings(Section):
    """Section `data.ibkr`: prices only, under a client id of its own."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Machine that runs TWS or IB Gateway.")
    port: int = Field(
        default=4002, ge=1, le=65535, description="Its API port: 4002 or 7497 for paper, 4001 or 7496 live."
    )
    client_id: int = Field(
        default=72,
        ge=1,
        le=999_999,
        description="Of the connection for prices: another number than broker.ibkr.client_id, which owns the orders, "
        "and than any other program's.",
    )
    answer_seconds: float = Field(default=60.0, gt=0, le=120, description="How long one answer may take.")
    history_requests: int = Field(
        default=60,
        ge=1,
        le=6000,
        description="Most requests for bars in ten minutes, one a symbol. IB enforces 60 for bars below a minute and "
        "slows down others; raise it for a large universe.",
    )
    primary_exchanges: dict[str, str] = Field(
        default={},
        description="Listing exchange of symbols that mean several stocks, as `{ABC: NYSE}`.",
        examples=[{"ABC": "NYSE"}],
    )


class DataSettings(Section):
    """Section `data`: where prices come from, and how far back."""

    source: Literal["sample", "files", "alpaca", "ibkr"] = Field(
        default="sample",
        description="`sample`: the bundled 20 US stocks, 1990-2022; `files`: your own CSV or Parquet; `alpaca`: bars "
        "of Alpaca; `ibkr`: bars of Interactive Brokers from a running TWS.",
    )
    alpaca: AlpacaDataSettings = Field(default=AlpacaDataSettings(), description="For `alpaca`.")
    ibkr: IbkrDataSettings = Field(default=IbkrDataSettings(), description="For `ibkr`.")
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
        description="For `files`: CSV of corporate actions with ex_date, symbol, kind "
        "(split|dividend|merger|rename|spin_off|delisting|unit_split), value (needed for a split or dividend only).",
    )
    adjustment: Literal["raw", "split", "split_and_dividend"] = Field(
        default="split_and_dividend",
        description="How the source's prices are already adjusted. `alpaca` and `ibkr` are asked for prices adjusted "
        "like this; `ibkr` has no `raw` ones.",
    )
    replay_from: date | None = Field(
        default=None,
        description="For a simulated broker: the session a new book begins with when none is named, e.g. 2022-11-29; "
        "`--session next` then goes on a day at a time. Empty: the newest session of the prices.",
        examples=["2022-11-29"],
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
