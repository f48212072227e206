"""What the prices before the session add to a report; without them it is written all the same, and says so."""

import numpy as np

from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.market_data.market_figures import MarketFigures, market_figures
from tasks.model.plan import Finding, Severity

NO_FIGURES = MarketFigures((), np.empty((0, 0)), {}, {}, {}, {}, 0)


def figures_as_kept(context: StepContext) -> MarketFigures:
    """What was traded is on record: a snapshot that is lost for good is a finding of the report, and stops nothing."""
    if context.cycle.kind != "rebalance":  # a liquidation asks no prices of a source
        return NO_FIGURES
    try:
        return market_figures(context)
    except BadDataError as lost:
        told = Finding(Severity.WARN, "snapshot_lost", "snapshot", f"{lost}; previous closes and volatility are n/a")
        context.journal.cycles.record_findings(context.cycle, "report", [told])
        return NO_FIGURES
