"""Runs sessions of the demo through the real rebalance flow in this process, without Prefect's engine."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

from prefect import Task

from flows import rebalance as story
from flows.bootstrap import open_context
from tasks.execution import step as execution
from tasks.journal import open_journal
from tasks.journal.book_ledger import ledger_of
from tasks.model.plan_json import plan_from_json
from tests.golden.text import Day
from tests.simulation.life import PlainTask

DEMO = Path(__file__).parents[2] / "books" / "demo.yaml"
EVENING = datetime(2022, 12, 28, 22, 0, tzinfo=UTC)
"""The wall clock of every run; what is decided and traded has the times of the replayed day."""


def two_days(home: Path) -> Iterator[Day]:
    """The demo's first session, and the next."""
    for session in (None, "next"):
        yield _run(home, session)


@contextmanager
def _without_engine(home: Path) -> Iterator[None]:
    """Steps are plain calls, and everything is written into `home`."""
    steps = {name: step.fn for name, step in vars(story).items() if isinstance(step, Task)}
    own = {"STEELYARD_HOME": str(home), "STEELYARD_REGISTER": str(home.parent / "journals.jsonl")}
    with (
        patch.dict(os.environ, own),
        patch.multiple(story, open_context=partial(open_context, clock=lambda: EVENING), **steps),
        patch.object(execution, "execute_wave", PlainTask(execution.execute_wave.fn)),
    ):
        yield


def _run(home: Path, session: str | None) -> Day:
    with _without_engine(home):
        done = story.rebalance.fn(DEMO, session)
    assert done["status"] == "done"
    with closing(open_journal(home)) as journal:
        plan = journal.decisions.newest_plan(f"{done['book']}:{done['session']}")
        assert plan is not None
        return Day(
            report=json.loads(Path(done["report"]).with_suffix(".json").read_text(encoding="utf-8")),
            plan=plan_from_json(json.dumps(plan.body)),
            nav_usd=journal.books.valuations("demo")[-1][1],
            prices=journal.books.valuations("demo")[-1][3],
            ledger=ledger_of(journal, "demo", "demo"),
        )
