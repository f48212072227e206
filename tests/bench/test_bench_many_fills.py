"""A million executions of a hundred thousand orders, read, checked, measured and reported, beside plain pandas."""

import json
import os
import re
import sys
import time
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bench.many_fills import FILLS_EACH, SYMBOLS, write_files
from tests.bench.table import line, title

pytestmark = pytest.mark.bench
ROOT = Path(__file__).parents[2]
SIZES = (10_000, 100_000, 1_000_000)
"""Executions."""


@dataclass(frozen=True)
class Spent:
    """Of one command, with what it printed."""

    seconds: float
    cpu_s: float
    gigabytes: float
    """Most memory of its process."""
    out: str


@pytest.mark.timeout(3600)
def test_a_million_executions_are_analysed_and_reported(tmp_path: Path) -> None:
    """Whole commands, in processes of their own, on the same files; the smaller ones show how time grows."""
    title("orders with ten executions each, and minute bars of five days that grow with them to 975,000")
    spent: dict[int, Spent] = {}
    folders = {size: tmp_path / str(size) for size in SIZES}
    for size, folder in folders.items():
        folder.mkdir()
        write_files(folder, size // FILLS_EACH, symbols=SYMBOLS * size // SIZES[-1])
        found = spent[size] = ours(folder)
        line(f"`steelyard tca`, {size:,} executions", f"{found.seconds:.1f} s, {found.gigabytes:.2f} GB")
    plain = run([sys.executable, "-m", "tests.bench.plain_pandas_tca", str(folders[SIZES[-1]])])
    line(f"plain pandas, {SIZES[-1]:,} executions", f"{plain.seconds:.1f} s, {plain.gigabytes:.2f} GB")
    line("plain pandas over ours, CPU seconds", f"{plain.cpu_s / spent[SIZES[-1]].cpu_s:.1f} x", "at least 5 x")
    line("most memory of ours", f"{spent[SIZES[-1]].gigabytes:.2f} GB", "< 2 GB")
    for small, large in pairwise(SIZES):
        grown = spent[large].cpu_s / spent[small].cpu_s
        line(f"CPU seconds from {small:,} to {large:,} executions", f"{grown:.1f} x", "at most 10 x")
    total = re.search(r"total (-?[0-9.]+)", plain.out)
    assert total is not None
    answer = json.loads(spent[SIZES[-1]].out)
    assert abs(Decimal(answer["shortfall_usd"]) - Decimal(total[1])) < Decimal(answer["orders"]) / 100


def ours(folder: Path) -> Spent:
    prices = ["--prices", str(folder / "prices.csv"), "--out", str(folder / "out"), "--json"]
    command = [sys.executable, "-m", "flows.cli.main", "tca", str(folder / "fills.csv")]
    return run([*command, "--orders", str(folder / "orders.csv"), *prices])


def run(command: list[str]) -> Spent:
    """The child's own figures, as the system counted them."""
    out, away = os.pipe()
    began = time.monotonic()
    pid = os.posix_spawn(
        command[0], command, {**os.environ, "PYTHONPATH": str(ROOT)}, file_actions=[(os.POSIX_SPAWN_DUP2, away, 1)]
    )
    os.close(away)
    with os.fdopen(out) as told:
        text = told.read()
    _, status, used = os.wait4(pid, 0)
    assert status == 0, text
    return Spent(time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9, text)
