"""An outsider checks an exported session with bare Python: it holds, and whatever was changed in it is named."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from flows.commands.export import write_export
from sql.tables import metadata
from tasks.audit.anchor import anchor_head
from tasks.errors import ConfigError
from tasks.journal.session_rows import ENCLOSED
from tasks.tca.bundle import verify
from tests.flows.conftest import small_book
from tests.simulation.early_steps import STEPS, open_watched
from tests.simulation.points import Points

Files = dict[str, bytes]
REPORT = "report/report.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small book's session, worked to its report, with the end of the chain noted."""
    folder = tmp_path_factory.mktemp("export")
    small_book(folder)
    at = folder / "all" / "home"
    at.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEELYARD_HOME", str(at))
        patch.setenv("STEELYARD_REGISTER", str(folder / "journals.jsonl"))
        with open_watched(at, Points()) as desk:
            for step in STEPS.values():
                step(desk)
            anchor_head(desk)
        yield at


@pytest.fixture(scope="module")
def archive(home: Path) -> bytes:
    return exported(home, "first.zip")


@pytest.fixture
def files(archive: bytes) -> Files:
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        return {name.partition("/")[2]: opened.read(name) for name in opened.namelist()}


@pytest.fixture(scope="module")
def anchor(home: Path) -> str:
    noted = json.loads(next(home.parent.glob("home-anchors/*.jsonl")).read_text().splitlines()[-1])
    return f"{noted['seq']}:{noted['sha256']}"


def exported(home: Path, name: str) -> bytes:
    file = home.parent / name
    told = write_export("small", None, file, as_json=True, kind="rebalance")
    assert told["sha256"] == sha256(file.read_bytes()).hexdigest()
    return file.read_bytes()


def found_by_an_outsider(folder: Path, files: Files, *words: str) -> tuple[int, str]:
    """Exit status and output of the enclosed verifier, in a Python without site packages, environment or this code."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    return done.returncode, done.stdout + done.stderr


# --- a forger, who writes the manifest anew too -----------------------------------------------------------------------


def with_new_manifest(files: Files) -> Files:
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {name: sha256(text).hexdigest() for name, text in files.items() if name != "manifest.json"}
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def rows_of(files: Files, table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"rows/{table}.jsonl"].splitlines()]


def with_rows(files: Files, table: str, rows: list[dict[str, Any]]) -> Files:
    lines = [json.dumps(row, sort_keys=True, separators=(",", ":")) for row in rows]
    return {**files, f"rows/{table}.jsonl": "".join(f"{line}\n" for line in lines).encode()}


def with_report(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    report = json.loads(files[REPORT])
    change(report)
    return {**files, REPORT: json.dumps(report).encode()}


def a_fill_at_another_price(files: Files) -> Files:
    rows = rows_of(files, "fills")
    rows[0]["price"] = str(Decimal(rows[0]["price"]) + 1)
    return with_rows(files, "fills", rows)


def another_total(files: Files) -> Files:
    return with_report(files, lambda report: report["total"]["costs"].update(total_usd="0.01"))


def another_cost_of_an_order(files: Files) -> Files:
    return with_report(files, lambda report: report["orders"][0]["costs"].update(trading_usd="0.01"))


def an_order_left_out_of_the_report(files: Files) -> Files:
    return with_report(files, lambda report: report["orders"].pop())


def a_row_removed(files: Files) -> Files:
    return with_rows(files, "order_events", rows_of(files, "order_events")[1:])


def a_row_put_in(files: Files) -> Files:
    rows = rows_of(files, "fills")
    return with_rows(files, "fills", [*rows, {**rows[0], "execution_id": "made-up"}])


def an_entry_cut_out(files: Files) -> Files:
    lines = files["chain.jsonl"].splitlines(keepends=True)
    return {**files, "chain.jsonl": b"".join(lines[:5] + lines[6:])}


def the_chain_cut_off(files: Files) -> Files:
    return {**files, "chain.jsonl": b"".join(files["chain.jsonl"].splitlines(keepends=True)[:-1])}


def another_page(files: Files) -> Files:
    return {**files, "report/report.html": files["report/report.html"].replace(b"Transaction", b"Transfiction")}


def relinked(files: Files) -> Files:
    """A fill is changed, its hash too, and every entry after it is linked anew: the chain fits itself."""
    changed = a_fill_at_another_price(files)
    line = changed["rows/fills.jsonl"].splitlines()[0]
    key = verify.key_of([json.loads(line)[column] for column in verify.KEYS["fills"]])
    chain, before = [json.loads(text) for text in files["chain.jsonl"].splitlines()], ""
    for entry in chain:
        if (entry["table"], entry["key"]) == ("fills", key):
            entry["row_sha256"], before = sha256(line).hexdigest(), entry["before"]
        if before:
            link = f"{before}|{entry['seq']}|{entry['table']}|{entry['key']}|{entry['row_sha256']}"
            entry["before"], entry["sha256"] = before, sha256(link.encode()).hexdigest()
            before = entry["sha256"]
    return {**changed, "chain.jsonl": "".join(f"{json.dumps(entry)}\n" for entry in chain).encode()}


FORGED = [
    (a_fill_at_another_price, "is not the row that the chain has hashed"),
    (a_fill_at_another_price, "the report's fills are not those on record"),
    (another_total, "report/report.json is not the file that is on record"),
    (another_total, "total_usd is 0.01 in total"),
    (another_cost_of_an_order, "trading_usd is 0.01 in the report"),
    (an_order_left_out_of_the_report, "is not both in the report and among the rows"),
    (a_row_removed, "is not enclosed"),
    (a_row_put_in, "has no entry in the chain"),
    (an_entry_cut_out, "some are missing"),
    (the_chain_cut_off, "of the chain is missing"),
    (another_page, "report/report.html is not the file that is on record"),
]


def test_an_outsider_finds_that_everything_fits(files: Files, anchor: str, tmp_path: Path) -> None:
    status, said = found_by_an_outsider(tmp_path, files, "--anchor", anchor)
    assert status == 0, said
    assert "Everything that is enclosed fits together." in said
    assert f"the chain passes through the anchor {anchor}" in said
    assert "Whether the end of the chain is the one that was noted elsewhere" in said


def test_the_same_session_gives_the_same_bytes(home: Path, archive: bytes) -> None:
    assert exported(home, "second.zip") == archive


def test_the_archive_is_checked_without_being_unpacked(archive: bytes, tmp_path: Path) -> None:
    file = tmp_path / "one.zip"
    file.write_bytes(archive)
    assert verify.main([str(file)]) == 0


@pytest.mark.parametrize(
    ("forge", "named"), FORGED, ids=[f"{n}-{forge.__name__}" for n, (forge, _) in enumerate(FORGED)]
)
def test_whatever_is_changed_is_found_and_named(forge, named, files: Files, tmp_path: Path) -> None:
    status, said = found_by_an_outsider(tmp_path, with_new_manifest(forge(files)))
    assert status == 1
    assert any(named in line for line in said.splitlines() if line.startswith("WRONG")), said


def test_a_file_that_is_swapped_missing_or_put_in_is_named(files: Files) -> None:
    swapped = {**files, "methodology.md": b"anything", "more.txt": b""}
    del swapped["README.txt"]
    _, flaws = verify.checked(swapped)
    assert flaws == [
        "README.txt is missing",
        "methodology.md is not the file that the manifest names",
        "more.txt is not in the manifest",
    ]


def test_a_chain_that_was_linked_anew_to_its_end_is_found_by_the_anchor(files: Files, anchor: str) -> None:
    forged = with_new_manifest(relinked(files))
    _, alone = verify.checked(forged)
    assert not any("of the chain" in flaw or "has hashed" in flaw for flaw in alone), "the chain alone shows nothing"
    _, flaws = verify.checked(forged, anchor)
    assert f"entry {anchor.partition(':')[0]} was anchored as" in flaws[-1]
    assert "it was written anew" in flaws[-1]


@pytest.mark.parametrize("words", [["--nothing"], ["a", "b"], [".", "--anchor", "7"]])
def test_wrong_use_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(words) == 2
    assert "verify.py [FOLDER | FILE.zip]" in capsys.readouterr().out


@pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b"[1]"])
def test_what_is_no_export_is_told_and_no_traceback(
    text: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifest.json").write_bytes(text)
    assert verify.main([str(tmp_path)]) == 1
    assert "this is no export that can be read" in capsys.readouterr().out


def test_the_verifier_names_rows_as_the_journal_does() -> None:
    keys = {name: tuple(column.name for column in metadata.tables[name].primary_key) for name in ENCLOSED}
    assert keys == verify.KEYS


def test_a_file_that_cannot_be_written_is_told(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"--out .* cannot be written"):
        write_export("small", None, home / "no" / "such" / "folder.zip", as_json=True, kind="rebalance")
