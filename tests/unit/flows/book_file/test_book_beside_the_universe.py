"""A book may name what it holds beside its universe, to sell it or to keep it; a stranger elsewhere is refused."""

from pathlib import Path

import pytest

from flows.book_file import load_book
from tasks.errors import ConfigError

BOOK = "book: core\nuniverse: {symbols: [AAPL, MSFT]}\nobjective: {kind: risk_parity}\n"
HOLDS = "broker: {account: main, simulated: {opening_shares: {GE: 10}}}\n"


def warned(folder: Path, lines: str) -> str:
    path = folder / "book.yaml"
    path.write_text(BOOK + lines, encoding="utf-8")
    return "\n".join(load_book(path).warnings)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("limits: {must_exit: [GE]}\n", "sold if the account holds it"),
        ("limits: {no_sell: [GE]}\n", "kept if it is held"),
        (HOLDS + "risk: {restricted: [GE]}\n", "kept if it is held"),
        ("limits: {must_exit: [APPL]}\n", "did you mean AAPL?"),
    ],
)
def test_what_is_held_beside_the_universe_may_be_sold_or_kept_by_name(tmp_path: Path, lines: str, told: str):
    assert told in warned(tmp_path, lines)


@pytest.mark.parametrize("lines", ["limits: {no_buy: [GE]}\n", "risk: {restricted: [GE]}\n"])
def test_a_stranger_that_nothing_says_is_held_is_refused(tmp_path: Path, lines: str):
    with pytest.raises(ConfigError, match="GE is not in the universe"):
        warned(tmp_path, lines)
