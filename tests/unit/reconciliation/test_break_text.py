"""What a break says of an execution or a statement line can be read back, whatever a broker puts into it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution, Side
from tasks.reconciliation.break_text import NONE, execution_of, line_of, summary_of, summary_of_line

AT = datetime(2024, 1, 2, 21, 0, 5, 123456, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)
NUMBERS = st.decimals(0, 10**6, places=4)


@given(NAMES, TEXT, NAMES, st.sampled_from(Side), NUMBERS, NUMBERS, NUMBERS, TEXT, TEXT, TEXT)
def test_any_execution_is_read_back(name, key, symbol, side, shares, price, fee, account, venue, corrects):
    fill = Execution(name, key, symbol, side, shares, price, fee, AT, account, venue, corrects)
    assert execution_of(summary_of(fill)) == fill


@given(NAMES, NAMES, TEXT, st.decimals(-1000, 1000, places=4), st.decimals(-1000, 1000, places=2), TEXT)
def test_any_statement_line_is_read_back(name, kind, symbol, shares, cash, words):
    line = StatementLine(name, AT, kind, symbol, shares, cash, words)
    assert line_of(summary_of_line(line)) == line


def test_an_execution_reads_like_a_trade_ticket():
    fill = Execution("x1", "k1", "XOM", Side.BUY, Decimal(10), Decimal(99), Decimal("0.35"), AT, "main", "", "x0")
    said = "BUY 10 XOM at 99 fee=0.35 on=2024-01-02T21:00:05.123456+00:00 id=x1 key=k1 account=main corrects=x0"
    assert summary_of(fill) == said


def test_nothing_is_nothing_and_a_figure_is_no_execution():
    assert execution_of(NONE) is None
    with pytest.raises(ValueError, match="not"):
        execution_of("12")
