"""The small book over files of real prices, with DEAD in its account, whose prices ended: from prices to the plan."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from flows import bootstrap
from tasks.book.data import DataSettings
from tasks.brokers.price_sources import open_source
from tasks.context import StepContext
from tasks.drift.step import drift
from tasks.holdings.step import holdings
from tasks.market_data.step import download
from tasks.model.cycle import Checkpoint
from tasks.plan.step import orders
from tasks.targets.step import optimize
from tests.flows.conftest import SMALL_BOOK

DAYS = date(2022, 12, 27), date(2022, 12, 28)


def written(folder: Path, *, data: str = "") -> Path:
    """The book file; `data` is added to its section of that name."""
    path = folder / "small.yaml"
    held = "KO: 300, XOM: 100, DEAD: 100"
    text = SMALL_BOOK.format(mode="full_auto").replace("KO: 300, XOM: 100", held)
    path.write_text(text.replace("data: {", f"data: {{source: files, daily_path: bars.csv, {data}"))
    sample = open_source(DataSettings(), folder)
    bars = sample.daily_bars(["AAPL", "KO", "XOM", "PG", "JNJ"], date(2022, 1, 3), DAYS[1])
    ended = bars[(bars["symbol"] == "KO") & (bars["session"] < pd.Timestamp("2022-06-01"))].assign(symbol="DEAD")
    pd.concat([bars, ended]).to_csv(folder / "bars.csv", index=False)
    return path


@contextmanager
def decided(book: Path, session: date) -> Iterator[StepContext]:
    """The prices are taken as checked: they are real."""
    with bootstrap.open_context(book, session, None) as desk:
        download.fn(desk)
        good = {"symbols": list(desk.book.universe.symbols or ()), "frozen": {}}
        at = desk.clock()
        desk.journal.cycles.record_step(desk.cycle, Checkpoint("check", {"sentence": "", "facts": good}, 0.0, at))
        for step in (holdings, optimize, drift, orders):
            step.fn(desk)
        yield desk


def line_of(desk: StepContext, symbol: str) -> Mapping[str, Any]:
    plan = desk.journal.decisions.newest_plan(desk.cycle_id)
    assert plan is not None
    return next(line for line in plan.body["lines"] if line["symbol"] == symbol)
