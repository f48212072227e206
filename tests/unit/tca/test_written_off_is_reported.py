"""A position that somebody wrote off is named in the report's summary, with who and why."""

import json

from tca_desk import report_inputs

from tasks.model.plan import Finding, Severity
from tasks.tca.export import report_json
from tasks.tca.report import build_report

WORD = "DEAD: 100 shares are written off by Ada on 2022-11-18: delisted"


def test_the_summary_of_the_report_names_what_is_written_off() -> None:
    findings = (Finding(Severity.INFO, "written_off", "DEAD", WORD, "DEAD"),)
    told = json.loads(report_json(build_report(report_inputs(findings=findings))))
    assert f"{WORD}." in told["summary"]
    assert all("written off" not in line for line in json.loads(report_json(build_report(report_inputs())))["summary"])
