"""What the demo decides, sends, fills and measures is what it did yesterday, to the share and the cent."""

from difflib import unified_diff
from pathlib import Path

from tests.golden.write import GOLDEN, written_anew

MOST_LINES = 80


def test_the_demo_trades_and_measures_as_on_the_frozen_days(tmp_path: Path) -> None:
    """A change that is meant: `python -m tests.golden.write`, and the difference is reviewed like code."""
    frozen, now = GOLDEN.read_text(encoding="utf-8"), written_anew(tmp_path / "home")
    differs = list(unified_diff(frozen.splitlines(), now.splitlines(), "frozen", "now", n=1, lineterm=""))
    assert not differs, "\n".join([*differs[:MOST_LINES], f"{len(differs)} lines; python -m tests.golden.write"])
