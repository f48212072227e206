"""An answer of the record fits the terminal, and what can be copied out of it stays in one piece."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from rich.console import Console

from flows.commands.rows_shown import show_rows

HASH = "0123456789abcdef" * 4


def shown(*rows: dict[str, Any], width: int = 80) -> list[str]:
    out = io.StringIO()
    show_rows(Console(file=out, width=width), rows)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert max(map(len, lines)) <= width
    return lines


def test_short_rows_are_a_table_with_its_figures_to_the_right():
    lines = shown({"symbol": "AAPL", "traded_usd": Decimal("211201.6")}, {"symbol": "KO", "traded_usd": Decimal("9")})
    assert lines[0] == "symbol  traded usd"
    assert lines[2:] == ["AAPL    211,201.60", "KO            9.00"]


def test_a_row_that_is_too_wide_for_a_table_is_told_name_by_name():
    at = datetime(2022, 12, 28, 14, 30, tzinfo=UTC)
    lines = shown({"plan_hash": HASH, "note": "word " * 30, "decided_at": at})
    assert lines[0] == "1 of 1"
    assert f"    {HASH}" in lines or f"  plan hash   {HASH}" in lines
    assert "  decided at  2022-12-28 14:30:00 UTC" in lines


def test_what_can_be_copied_is_not_parted_as_long_as_a_line_takes_it():
    assert any(
        HASH in line for line in shown({"a name that takes half of a line of the terminal": HASH, "n": "x" * 70})
    )


def test_values_within_a_value_stand_below_its_name_and_not_as_an_object_of_the_program():
    lines = shown({"cycle": "demo", "summary": {"open_points": [], "files": {"report.html": HASH}, "bps": None}})
    assert "  summary" in lines
    assert "    open points  none" in lines
    assert not any("{" in line for line in lines)


def test_a_word_that_no_line_takes_is_parted_and_nothing_of_it_is_lost():
    lines = shown({"path": "x" * 100, "other": [1, 2]}, width=40)
    assert "".join(lines).count("x") == 100
