"""What a reviewer has to find in a report: every section, and under each table what its figures mean."""

import re
from html.parser import HTMLParser

import pytest
from tca_desk import report_inputs

from tasks.tca.inputs import Break
from tasks.tca.render import report_html
from tasks.tca.report import build_report

SECTIONS = {
    "Summary": "executive summary",
    "Implementation shortfall": "shortfall by part",
    "By side, algorithm, broker, sector, account, size and liquidity": "shortfall at every level, and brokers compared",
    "Orders": "benchmarks",
    "Forecast and outcome": "before against after the trade",
    "Execution through the session": "waves and answers",
    "Execution quality": "fill quality",
    "Outliers": "orders beyond the threshold",
    "Plan: every trade and every non-trade": "decisions",
    "Controls": "approval, targets, steps",
    "Exceptions and overrides": "what went another way",
    "Reconciliation": "orders against fills, ledger against broker",
    "Data quality": "coverage and findings",
    "Method and limitations": "definitions",
    "Sign-off": "attestation",
    "Audit: every order down to its fills": "audit sheet of each order",
}
"""The heading, and what of a review it is for."""
COVER = (
    *("Book", "Account", "Session", "Plan hash", "Data snapshot", "Policy hash", "Book file hash", "Mode", "Attempt"),
    *("Prefect flow run", "Requested by", "Approved by", "Prepared by", "Commit", "Machine", "Its time zone"),
)
AUDIT_SHEET = (
    *("Order", "Account", "Reason", "Worked by", "Broker", "Why there", "Allocation", "Sent as", "Decided", "Arrived"),
    *("Checks before the trade", "On record", "Slices", "Fills", "Benchmarks", "Shortfall, worked"),
)
BASIS = ("n", "Source", "Sign", "Denominator")


class Outline(HTMLParser):
    """Headings, terms of the cover, and each table's caption with its words in bold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.terms: list[str] = []
        self.captions: list[tuple[str, list[str]]] = []
        self.tables = 0
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        if tag == "h2":
            self.headings.append("")
        if tag == "table":
            self.tables += 1
        if tag == "caption":
            self.captions.append(("", []))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = self._open
        if "h2" in inside and inside[-1] != "span":
            self.headings[-1] += data
        if inside and inside[-1] in ("dt", "h3"):
            self.terms.append(data)
        if "caption" in inside:
            words, bold = self.captions[-1]
            self.captions[-1] = (words + data, [*bold, data] if inside[-1] == "b" else bold)


@pytest.fixture(scope="module")
def page() -> str:
    """A report in which every table has something to show."""
    one = Break("ABC", "shares", *(3 * [report_inputs().plan.nav_usd]))
    return report_html(build_report(report_inputs(breaks=(one,))))


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_every_section_of_a_review_has_its_heading(outline: Outline) -> None:
    assert outline.headings == [*SECTIONS]


def test_the_cover_says_who_what_and_with_which_program(outline: Outline) -> None:
    assert [term for term in COVER if term not in outline.terms] == []


def test_every_order_has_its_audit_sheet(outline: Outline) -> None:
    orders = len(report_inputs().orders)
    assert {term: outline.terms.count(term) for term in AUDIT_SHEET if outline.terms.count(term) < orders} == {}


def test_every_table_says_its_sign_rule_denominator_source_and_n(outline: Outline) -> None:
    assert len(outline.captions) == outline.tables > 60
    assert [words for words, bold in outline.captions if bold != [*BASIS]] == []
    assert [words for words, _ in outline.captions if not re.match(r"n \d", words)] == []


def test_what_the_installation_does_not_know_is_said() -> None:
    from tasks.tca.inputs import UNKNOWN_ORIGIN

    text = report_html(build_report(report_inputs(provenance=UNKNOWN_ORIGIN, approval=None)))
    for sentence in (
        "n/a: this installation does not tell its commit",
        "n/a: no flow run is on record for this session",
        "n/a: a schedule or a command, which records no name",
        "nobody on record",
    ):
        assert sentence in text


def test_each_exception_stands_with_its_entry(page: str) -> None:
    assert "halted, already in force: a check." in page
    assert "5 child orders cancelled: the session is over." in page
    assert "None: no second attempt" in report_html(build_report(report_inputs(exceptions=())))
