"""A desk with a folder to put book files in, and the shortest book there is."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from flows.book_file import LoadedBook, load_book
from tasks.errors import ConfigError

SHORTEST = """\
book: core
universe: {symbols: [AAPL, MSFT, XOM, JNJ]}
objective: {kind: risk_parity}
"""
"""Three lines: whatever a test adds begins on line 4."""
SECTORS = """\
book: core
universe: {file: universe.csv}
objective: {kind: risk_parity}
"""
UNIVERSE = """\
symbol,sector,esg_score,carbon_intensity
AAPL,Technology,70,5
MSFT,Technology,80,10
XOM,Energy,40,600
"""


def load(folder: Path, text: str | bytes, environ: Mapping[str, str] | None = None) -> LoadedBook:
    """Write a book file and read it; a universe and a weights file lie beside it."""
    (folder / "universe.csv").write_text(UNIVERSE)
    (folder / "weights.csv").write_text("symbol,weight_pct\nAAPL,50\nMSFT,25\n")
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_book(path, environ or {})


def complaints(folder: Path, text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the error that reading this book stops with, each without the folder."""
    with pytest.raises(ConfigError) as stopped:
        load(folder, text, environ)
    return str(stopped.value).replace(f"{folder}/", "").splitlines()
