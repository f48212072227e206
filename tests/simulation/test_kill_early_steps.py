"""The steps before and after the trading, each killed at every point and run again."""

from pathlib import Path

import pytest

from tests.simulation.early_steps import KILLED_HERE, kill_in_step, prepared


@pytest.mark.timeout(900)
def test_a_step_killed_at_any_point_leaves_the_same_record_when_it_is_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared row by row with a life that nobody killed."""
    monkeypatch.setenv("STEELYARD_HOME", str(folder))
    points, different = {}, []
    for name, home in prepared(folder):
        points[name], found = kill_in_step(home, name, folder / name)
        different += found
    print(f"\n{sum(points.values())} points killed at ({points}): {len(different)} differences")
    assert set(points) == set(KILLED_HERE)
    assert not different, "\n".join(different[:20])
