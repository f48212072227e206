"""`steelyard ui` away from the source: every deployment names a flow that can be imported, and a book that is there."""

import importlib
from pathlib import Path

import pytest
import yaml

from flows.book_file import load_book
from flows.deployments import NAME, deployments_file, fitted

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / NAME).read_text(encoding="utf-8")


def test_a_file_of_the_working_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("deployments: []\n")
    assert deployments_file(tmp_path, tmp_path / "home") == tmp_path / NAME


@pytest.mark.parametrize("deployment", yaml.safe_load(TEXT)["deployments"], ids=lambda one: one["name"])
def test_elsewhere_every_deployment_has_its_flow_and_its_book(tmp_path: Path, deployment: dict) -> None:
    written = deployments_file(tmp_path, tmp_path / "home")
    made = {one["name"]: one for one in yaml.safe_load(written.read_text())["deployments"]}[deployment["name"]]
    module, _, name = made["entrypoint"].rpartition(".")
    assert hasattr(importlib.import_module(module), name)
    book = made.get("parameters", {}).get("book")
    if book is not None:
        assert load_book(book).book.book


def test_a_book_of_the_working_folder_stays_the_one_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "demo.yaml").touch()
    assert "book: books/demo.yaml" in fitted(TEXT, ROOT, tmp_path)
    assert f'book: "{ROOT}/books/index.yaml"' in fitted(TEXT, ROOT, tmp_path)
