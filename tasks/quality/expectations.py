"""Runs named suites of expectations with Great Expectations: no project, no network, no progress bars."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from tasks.errors import BadDataError
from tasks.model.json_values import is_object
from tasks.model.plan import Finding, Severity

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult

GX_SEVERITY = {Severity.HALT: "critical", Severity.WARN: "warning", Severity.INFO: "info"}
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation, with what its failure means here."""

    kind: str
    """Class name in `great_expectations.expectations`, e.g. `ExpectColumnValuesToBeInSet`."""
    severity: Severity
    check: str
    sentence: str
    """What ought to hold and, when it halts, the remedy; shown in the Data Docs and in the finding."""
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class SuiteRun:
    """One suite of Great Expectations, run over one table."""

    name: str
    result: "ExpectationSuiteValidationResult"
    expectations: tuple[Expectation, ...]

    @property
    def as_json(self) -> dict[str, Any]:
        """As Great Expectations writes it, for Data Docs and the record."""
        return dict(cast("dict[str, Any]", self.result.to_json_dict()))

    @property
    def results(self) -> list[Any]:
        """One an expectation; the library declares dictionaries of anything in them."""
        return list(self.result.results)


@lru_cache(maxsize=1)
def _library() -> Any:
    """Great Expectations, imported on first use (seconds), with its usage analytics switched off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    return great_expectations


def run_suite(
    name: str, table: pd.DataFrame, expectations: Sequence[Expectation], key: Sequence[str], complete: bool = False
) -> SuiteRun:
    """Judge one table; `key` are the columns that name a row in the result.

    `complete` lists every unexpected row instead of the first 20.
    Raises: BadDataError when an expectation cannot be evaluated at all.
    """
    gx = _library()
    from great_expectations import expectations as kinds
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("steelyard").add_dataframe_asset(name)
    batch = asset.add_batch_definition_whole_dataframe("all rows").get_batch({"dataframe": table})
    made = [_made(kinds, number, expectation) for number, expectation in enumerate(expectations)]
    result = batch.validate(
        gx.ExpectationSuite(name=name, expectations=made),
        result_format={
            "result_format": "COMPLETE" if complete else "SUMMARY",
            "unexpected_index_column_names": list(key),
            "partial_unexpected_count": SHOWN,
        },
    )
    run = SuiteRun(name, result, tuple(expectations))
    _refuse_unevaluated(run)
    _use_plain_numbers(run)
    return run


def findings_of(run: SuiteRun) -> list[Finding]:
    """What failed, as findings: one a symbol where the table has symbols, else one an expectation."""
    by_number = {_number(one): one for one in run.results}
    findings: list[Finding] = []
    for number, expectation in enumerate(run.expectations):
        result = by_number[number]
        if not result.success:
            findings += _failures(expectation, result.result)
    return findings


def _made(kinds: Any, number: int, expectation: Expectation) -> Any:
    return getattr(kinds, expectation.kind)(
        **expectation.arguments,
        severity=GX_SEVERITY[expectation.severity],
        notes=expectation.sentence,
        meta={"check": expectation.check, "number": number},
    )


def _number(result: Any) -> int:
    return int(result.expectation_config.meta["number"])


def _failures(expectation: Expectation, result: dict[str, Any]) -> list[Finding]:
    rows: list[Any] = result.get("unexpected_index_list") or result.get("partial_unexpected_index_list") or []
    symbols = sorted({str(row["symbol"]) for row in rows if is_object(row) and row.get("symbol") is not None})
    values = result.get("partial_unexpected_list") or [result.get("observed_value")]
    said = f"{expectation.sentence} (found {', '.join(str(value) for value in values[:5])})"
    if not symbols:
        return [Finding(expectation.severity, expectation.check, expectation.check, said)]
    return [
        Finding(expectation.severity, expectation.check, symbol, f"{symbol}: {said}", symbol=symbol)
        for symbol in symbols
    ]


def _refuse_unevaluated(run: SuiteRun) -> None:
    for one in run.results:
        information: dict[str, Any] = one.exception_info or {}
        nested = [part for part in information.values() if is_object(part)]
        for part in nested or [information]:
            if part.get("raised_exception"):
                check = one.expectation_config.meta["check"] if one.expectation_config else "an expectation"
                raise BadDataError(
                    f"suite {run.name}, {check}: could not be judged: {part.get('exception_message')}; "
                    "correct the data's columns and types"
                )


def _use_plain_numbers(run: SuiteRun) -> None:
    """Replace numpy figures by Python's: the library's own pages cannot print the former."""
    for one in run.results:
        for key, value in one.result.items():
            one.result[key] = _plain(value)


def _plain(value: Any) -> Any:
    """The same, with Python's numbers in it, in lists and pairs too."""
    if isinstance(value, np.generic):
        return cast("Any", value.item())
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        each = [_plain(part) for part in cast("Sequence[Any]", value)]
        return each if isinstance(value, list) else tuple(each)
    return value
