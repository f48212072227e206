"""The rules' verdicts as columns: one flag a row of the bars, and one line a symbol."""

import pandas as pd

from tasks.model.plan import Finding, Severity
from tasks.quality.rules.bars import inconsistent_cells, zero_volume_run_cells
from tasks.quality.rules.context import PriceContext, cells_of_rows
from tasks.quality.rules.history import ages_in_sessions, coverage_pct, stale_cells
from tasks.quality.rules.moves import bad_print_cells, staying_jump_cells
from tasks.quality.rules.runs import longest_runs
from tasks.quality.rules.sessions import copied_cells, look_ahead_rows, missing_cells, phantom_rows

ALL_SYMBOLS = "(all symbols)"


def flagged_bars(frame: pd.DataFrame, context: PriceContext) -> pd.DataFrame:
    """The bars with one boolean column for each rule on single rows."""
    return frame.assign(
        is_from_the_future=look_ahead_rows(frame, context),
        is_phantom_session=phantom_rows(frame, context),
        is_copied_session=cells_of_rows(frame, context, copied_cells(context)),
        is_inconsistent=cells_of_rows(frame, context, inconsistent_cells(context)),
        is_bad_print=cells_of_rows(frame, context, bad_print_cells(context)),
        is_staying_jump=cells_of_rows(frame, context, staying_jump_cells(context)),
        is_zero_volume_run=cells_of_rows(frame, context, zero_volume_run_cells(context)),
    )


def histories(context: PriceContext, findings: list[Finding]) -> pd.DataFrame:
    """One line a symbol, and one for what concerns all: coverage, age, holes, stale run, blocking findings."""
    blocking = [finding for finding in findings if finding.severity is Severity.HALT]
    table = pd.DataFrame(
        {
            "symbol": list(context.symbols),
            "coverage_pct": coverage_pct(context),
            "age_sessions": ages_in_sessions(context),
            "missing_sessions": missing_cells(context).sum(axis=0).astype(float),
            "longest_stale_run": longest_runs(stale_cells(context)).astype(float),
            "blocking_findings": [float(sum(f.symbol == s for f in blocking)) for s in context.symbols],
        }
    )
    for_all = float(sum(finding.symbol is None for finding in blocking))
    return pd.concat(
        [table, pd.DataFrame({"symbol": [ALL_SYMBOLS], "blocking_findings": [for_all]})], ignore_index=True
    )
