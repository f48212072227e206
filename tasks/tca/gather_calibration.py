"""A book's calibration: the orders of its recorded reports, the fit, and what the present model would have said."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tasks.audit.report_files import JSON
from tasks.book.targets import CostModelSettings
from tasks.model.cost_model import EXPONENT
from tasks.tca.calibration import Calibration, Doubt, Fitted, calibrate
from tasks.tca.cost_forecasts import ForecastLine, fitted, forecast_line, on_other_days, three_halves
from tasks.tca.cost_samples import SampleSet, samples_of
from tasks.tca.gather_period import Reported
from tasks.tca.under_review import recorded_report

PROPOSAL = "the proposal"
OTHER_DAYS = "the same, on days unseen"
OWN_EXPONENT = "with a free exponent"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fit that a person may put in force."""

    first: date
    last: date
    body: Mapping[str, Any]
    """What goes on record: see `CostModel.body`."""
    forecasts: tuple[ForecastLine, ...]


def read_samples(sessions: Sequence[Reported], assumed_adv_usd: float | None) -> tuple[SampleSet, tuple[str, ...]]:
    """The samples of these sessions and the hashes of their reports.

    Raises: BadDataError where a report is not on the disk as it was recorded.
    """
    reports = [(cycle.session, recorded_report(cycle, row)) for cycle, row in sessions]
    return samples_of(reports, assumed_adv_usd), tuple(row.hashes[JSON] for _, row in sessions)


def propose(found: SampleSet, reports: Sequence[str], today: CostModelSettings, today_is: str) -> Proposal:
    """The fit at the optimizer's exponent, beside the orders' own exponent and what is used `today`.

    Raises: BadDataError with fewer than 25 orders on 10 days, and how many are missing.
    """
    samples = found.samples
    free, applied = calibrate(samples), calibrate(samples, EXPONENT)
    body = {
        "half_spread_bps": asdict(applied.half_spread_bps),
        "impact_coefficient": asdict(applied.impact),
        "exponent": EXPONENT,
        "own_exponent": _own_exponent(free),
        "orders": applied.orders,
        "days": applied.days,
        "left_out": dict(sorted(found.left_out.items())),
        "doubts": [doubt.value for doubt in _doubts(free, applied, found)],
        "reports": list(reports),
    }
    lines = (
        forecast_line(today_is, samples, three_halves(today.half_spread_bps, today.impact_coefficient)),
        forecast_line(PROPOSAL, samples, fitted(applied)),
        on_other_days(OTHER_DAYS, samples, EXPONENT),
        forecast_line(OWN_EXPONENT, samples, fitted(free)),
    )
    return Proposal(applied.first, applied.last, body, lines)


def _own_exponent(free: Calibration) -> dict[str, Any] | None:
    """What the orders say of the exponent; None where their sizes are too much alike."""
    if free.exponent is None:
        return None
    return {
        "exponent": asdict(free.exponent),
        "half_spread_bps": asdict(free.half_spread_bps),
        "impact_coefficient": asdict(free.impact),
    }


def _doubts(free: Calibration, applied: Calibration, found: SampleSet) -> tuple[Doubt, ...]:
    """Of the fit that would be used, of its form, and of the orders."""
    another = free.exponent is not None and not _holds(free.exponent, EXPONENT)
    more = ((another, Doubt.ANOTHER_EXPONENT), (found.assumed_volumes > 0, Doubt.VOLUME_ASSUMED))
    of_form = (doubt for doubt in free.doubts if doubt in (Doubt.SIZES_ALIKE, Doubt.EXPONENT_WIDE))
    return (*applied.doubts, *of_form, *(doubt for applies, doubt in more if applies))


def _holds(interval: Fitted, value: float) -> bool:
    return interval.low <= value <= interval.high
