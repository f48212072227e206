"""The step that decides whether the data can carry a decision."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.desk import Desk
from tasks.market_data import calendar
from tasks.market_data.snapshots import read_snapshot
from tasks.market_data.universe import load_universe
from tasks.quality.check import check_prices, check_universe, halt_on, write_data_docs
from tasks.steps import Done, facts_of, once


@task(name="check", cache_policy=NO_CACHE, persist_result=False)
def check(desk: Desk) -> dict[str, object]:
    """All findings are published first; then one halt, if one of them demands it.

    Raises: BadDataError naming what is wrong and how to mend it.
    """
    return once(desk, "check", _check)


def _check(desk: Desk) -> Done:
    got = facts_of(desk, "download")
    frame = read_snapshot(desk.snapshots, got["sha256"])
    universe = load_universe(desk.book.universe, desk.base)
    symbols = list(universe["symbol"])
    sessions = calendar.sessions_between(
        frame["session"].min().date(), calendar.previous_session(desk.session, desk.book.exchange), desk.book.exchange
    )
    result = check_prices(frame, symbols, sessions, desk.session, desk.book.quality, desk.book.data, known=universe)
    findings = [*check_universe(universe), *result.findings]
    desk.journal.cycles.record_findings(desk.cycle, "check", findings)
    docs = write_data_docs(desk.report_folder / "data_docs")
    _publish(desk, findings)
    if not desk.book.quality.exclude_bad_symbols:
        halt_on(findings)
    return _told(findings, [s for s in symbols if s not in result.unusable], result.frozen_symbols, str(docs))
