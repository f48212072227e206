"""A report that somebody signed stays as it is: what changes later is a new version that names it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.commands.sign_off import dispose_point, show_exceptions, sign_report
from tasks.audit.report_files import reports_on_disk
from tasks.context import StepContext
from tasks.errors import BadDataError, ConfigError, NotSignedError
from tasks.model.plan import Finding, Severity
from tasks.tca.step import report_again
from tests.flows.conftest import small_book
from tests.simulation.early_steps import STEPS, open_watched
from tests.simulation.points import Points

WHO, WHY = "Grace Hopper", "seen with the desk"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small book's session, worked to its report."""
    folder = tmp_path_factory.mktemp("signed")
    small_book(folder)
    at = folder / "all" / "home"
    at.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(at))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        with open_watched(at, Points()) as desk:
            for step in STEPS.values():
                step(desk)
        yield at


def again(home: Path, *findings: str) -> dict[str, Any]:
    """The report written anew, after what was found meanwhile; report.json of the newest version."""
    with open_watched(home, Points()) as desk:
        _record(desk, findings)
        return json.loads(Path(str(report_again.fn(desk)["report"])).with_suffix(".json").read_text())


def _record(desk: StepContext, findings: tuple[str, ...]) -> None:
    found = [Finding(Severity.HALT, "told_later", subject, f"{subject} was corrected") for subject in findings]
    if found:
        desk.journal.cycles.record_findings(desk.cycle, "report", found)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name != "review.html"}


def said(key: str, what: str, who: str = WHO, why: str = WHY) -> dict[str, Any]:
    return dispose_point("small", None, key, what, who, why, as_json=True, kind="rebalance")


def signed(what: str, who: str = WHO) -> dict[str, Any]:
    return sign_report("small", None, what, who, WHY, as_json=True, kind="rebalance")


def test_a_review_from_its_first_point_to_a_second_version(home: Path) -> None:
    """One story: what stands open blocks the signature; a signed version stays; a correction is another version."""
    first = again(home, "KO")
    assert first["cover"]["version"] == 1
    told = show_exceptions("small", None, as_json=True)
    point, *others = sorted(told["points"], key=lambda one: one["subject"] != "KO" or one["kind"] != "finding")
    assert (told["open"], told["signed"], point["subject"]) == (1 + len(others), False, "KO")
    for other in others:
        said(other["key"], "explained")

    with pytest.raises(NotSignedError, match="points are open"):
        signed("accepted")
    with pytest.raises(ConfigError, match="is no point"):
        said("00000000", "explained")
    with pytest.raises(ConfigError, match="write one of explained, corrected"):
        said(point["key"], "fine")
    with pytest.raises(ConfigError, match="--because has 10,000 characters"):
        said(point["key"], "explained", why="x" * 10_000)
    with pytest.raises(ConfigError, match="--who has 200 characters"):
        said(point["key"], "explained", who="x" * 200)
    assert said(point["key"], "accepted")["open"] == 0
    with pytest.raises(NotSignedError, match="accepted-with-exceptions"):
        signed("accepted")
    done = signed("accepted-with-exceptions")
    assert done["signed"] is True
    page = Path(done["page"])
    assert all(words in page.read_text() for words in (WHO, WHY, "signed: accepted with exceptions", point["key"]))

    folder = page.parent
    before = files(folder)
    assert again(home) == first, "nothing new: no new version"
    later = again(home, "PG")
    assert files(folder) == before, "what was signed stays, byte for byte"
    assert later["cover"]["version"] == 2
    assert later["cover"]["corrects"] == done["report_sha256"]
    assert later["cover"]["report_id"].endswith("-v2")
    assert json.loads((folder / "v2" / "report.json").read_text()) == later
    told = show_exceptions("small", None, as_json=True)
    assert (told["version"], told["signed"], told["open"]) == (2, False, 1), "what was said of KO still holds"
    assert again(home) == later, "and a second look writes no third"


def test_a_signed_version_that_was_changed_is_found(home: Path) -> None:
    """Run after the story above, whose first version is signed and whose second is not."""
    page = Path(home / "reports" / "small").glob("*/report.html")
    file = next(page)
    kept = file.read_bytes()
    file.write_bytes(kept.replace(b"Transaction", b"Transfiction"))
    with open_watched(home, Points()) as desk:
        flaws, _ = reports_on_disk(desk.journal)
    file.write_bytes(kept)
    assert [flaw.kind for flaw in flaws] == ["edited"]
    assert str(file) in flaws[0].sentence


def test_a_report_whose_page_was_edited_is_signed_by_nobody(home: Path) -> None:
    """Run after the story above: its second version is the newest. Its figures are as they were, its page is not."""
    (page,) = Path(home / "reports" / "small").glob("*/v2/report.html")
    kept = page.read_bytes()
    page.write_bytes(kept.replace(b"Transaction", b"Transfiction"))
    with pytest.raises(BadDataError, match="is not as it was recorded"):
        signed("escalated")
    page.write_bytes(kept)


@pytest.mark.usefixtures("home")
def test_whoever_approved_the_plan_does_not_review_it() -> None:
    approved = show_exceptions("small", None, as_json=True)["approved_by"]
    assert approved
    with pytest.raises(NotSignedError, match="nobody reviews what they approved"):
        signed("escalated", who=approved[0].upper())
