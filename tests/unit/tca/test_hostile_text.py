"""What brokers and people write cannot run, break or pretend anything: in page, JSON, CSV, file names and terminal."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from unicodedata import category

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tca_desk import EXCEPTIONS, PROVENANCE, order, plan_for, report_inputs, trail_of
from test_report_reader import Page

from flows.commands import sign_off
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.orders import OrderState
from tasks.model.plan import Finding, Severity
from tasks.model.review import Review, ReviewPoint, ReviewWord
from tasks.tca.bundle.zip_file import zip_bytes
from tasks.tca.export import csv_text, fills_csv, orders_csv, plain, report_json
from tasks.tca.inputs import ApprovalRecord, Break, SliceRecord
from tasks.tca.render import MOST_SHOWN, environment, report_html
from tasks.tca.report import TcaReport, build_report
from tasks.tca.session_record import SessionException
from tasks.tca.under_review import UnderReview, review_page
from tasks.wording import STEERS, readable

AT = datetime(2022, 6, 15, 14, tzinfo=UTC)
KNOWN = (
    "<script>alert(1)</script>",
    "</script></style><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    " \u00a0=1+1",
    "\uff1d1+1",
    "\u202eKO tghuob\u202c",
    "\u2066\u2069\u200f\u061c",
    "a\x00b\x1b[2J\x07\x9b31m",
    "line\r\nforged: ok\u2028more\x85",
    "\ud800",
    "[bold red]signed[/bold red] [/nothing]",
    "https://example.org/?a=b&c=d",
    "x" * 100_000,
)
texts = st.one_of(
    st.sampled_from(KNOWN), st.text(max_size=40), st.tuples(st.sampled_from(KNOWN), st.text(max_size=9)).map("".join)
)
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written_by(text: str) -> TcaReport:
    """A report in which everything that others write is this text."""
    one = order(
        sector=text,
        reason=text,
        account=text,
        slices=(SliceRecord("k", AT, order().shares, OrderState.REJECTED, AT, reason=text),),
        trail=replace(
            trail_of(order().shares, ["k"]), why_broker=text, broker=text, allocations={text: order().shares}
        ),
    )
    return build_report(
        report_inputs(
            (one,),
            plan=plan_for((one,)),
            market_note=text,
            drift_sentence=text,
            findings=(Finding(Severity.HALT, text, text, text),),
            breaks=(Break(text, text, *(3 * [order().shares]), explanation=text, words=text),),
            explanations={one.order_id: text},
            approval=ApprovalRecord(text, AT, "0" * 64, comment=text),
            provenance=replace(PROVENANCE, requested_by=text, book_file=text),
            exceptions=(*EXCEPTIONS, SessionException(text, text, AT, text, text)),
        )
    )


def steering(text: str, but: str = "") -> set[str]:
    return {one for one in text if category(one) in STEERS and one not in but}


@few
@given(texts)
def test_a_page_runs_nothing_and_shows_what_steers(text: str) -> None:
    written = report_html(written_by(text))
    page = Page(written)
    assert not {"script", "img", "iframe", "object", "a:"} & {node.tag for node in page.root.all()}
    assert [n for node in page.root.all() for n in node.attributes if n.startswith("on")] == []
    assert steering(written, but="\n") == set()
    assert len(written) < 2_000_000
    written.encode()


@few
@given(texts)
def test_a_page_has_the_form_that_it_has_with_plain_text(text: str) -> None:
    """No word of others opens or closes an element."""
    tags = [node.tag for node in Page(report_html(written_by(text))).root.all() if node.tag != "p"]
    assert [t for t in tags if t in ("table", "section", "h2", "nav", "main", "details")] == OUTLINE


OUTLINE = [
    node.tag
    for node in Page(report_html(written_by("plain"))).root.all()
    if node.tag in ("table", "section", "h2", "nav", "main", "details")
]


@few
@given(texts)
def test_json_says_the_text_itself_and_steers_no_terminal(text: str) -> None:
    report = written_by(text)
    written = report_json(report)
    assert steering(written, but="\n") == set()
    assert json.loads(written) == json.loads(json.dumps(plain(report)))
    assert json.loads(written)["drift_sentence"] == text
    written.encode()


@given(texts, texts)
def test_no_cell_of_a_csv_is_a_formula_or_breaks_its_row(one: str, other: str) -> None:
    written = csv_text([{"a": one, "b": other}])
    head, *rows = csv.reader(io.StringIO(written))
    assert (head, len(rows), len(rows[0])) == (["a", "b"], 1, 2)
    for cell in rows[0]:
        assert cell.strip()[:1] not in tuple("=+-@|\uff1d\uff0b\uff0d\uff20")
        assert steering(cell) == set()
    written.encode()


@few
@given(texts)
def test_every_csv_of_a_report_has_a_row_an_order_and_a_fill(text: str) -> None:
    report = written_by(text)
    assert len(list(csv.reader(io.StringIO(orders_csv(report))))) == 2
    assert fills_csv(report) == ""


@given(st.one_of(st.just("../x"), st.just("/x"), st.just("a\\b"), st.just("a//b"), texts))
def test_no_name_in_the_zip_file_leaves_its_folder(name: str) -> None:
    stem = name.translate(str.maketrans("", "", "_-."))
    if len(name) < 100 and name[:1].isalnum() and stem.isascii() and stem.isalnum():
        zip_bytes("demo", {name: b""})
    else:
        with pytest.raises(ValueError, match="is no name"):
            zip_bytes("demo", {name: b""})


def test_a_text_without_end_is_cut_on_the_page_and_whole_in_json() -> None:
    report = written_by("x" * 100_000)
    assert f"and {100_000 - MOST_SHOWN:,} characters more in report.json" in report_html(report)
    assert json.loads(report_json(report))["drift_sentence"] == "x" * 100_000


@given(texts)
def test_what_is_written_out_can_be_read(text: str) -> None:
    assert steering(readable(text)) == set()
    assert readable("Ada Byron, 100 %: é, 京, \u00a0") == "Ada Byron, 100 %: é, 京, \u00a0"


def under_review(text: str) -> tuple[Cycle, UnderReview]:
    """A signed report of which everything was said with this text."""
    cycle = Cycle("demo:2022-06-15", "demo", date(2022, 6, 15), "main", "manual", 1, "done", "", "", "", "", AT, AT)
    word = ReviewWord(cycle.cycle_id, "0" * 64, "", "accepted", text, text, AT)
    review = Review("0" * 64, (ReviewPoint("k", text, text, text, replace(word, point="k", said="explained")),), word)
    row = ReportRow(cycle.cycle_id, "report.html", "0" * 64, {}, AT)
    report = {"cover": plain(written_by("plain").cover), "open_points": []}
    return cycle, UnderReview(row, report, review, (word,), (text,), {})


@few
@given(texts)
def test_the_page_of_a_review_runs_nothing_and_shows_what_steers(text: str) -> None:
    written = review_page(under_review(text)[1])
    assert not {"script", "img"} & {node.tag for node in Page(written).root.all()}
    assert steering(written, but="\n") == set()


@pytest.mark.parametrize("text", ["[bold red]signed[/bold red]", "[/nothing]", "[link=http://x]here[/link]"])
def test_a_terminal_shows_the_signature_as_it_was_written(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    sign_off._print(*under_review(text))
    printed = capsys.readouterr().out
    assert f"is signed by {text}, accepted: {text}" in " ".join(printed.split())


def test_a_template_of_ours_is_no_text_of_theirs() -> None:
    assert "49" not in environment().from_string("{{ text }}").render(text="{{ 7 * 7 }}")
