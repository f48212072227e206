"""The kill matrix: SIGKILL at the points of a session's trading, and one more life that finishes."""

from pathlib import Path

import pytest

from tasks.model.orders import Algorithm
from tests.parts import in_parts
from tests.simulation.databases import SqliteDatabases
from tests.simulation.kill_everywhere import facts_of, kill_in, sqlite_scene


@pytest.mark.parametrize("algorithm", in_parts(3, list(Algorithm)))
def test_a_process_killed_at_any_point_leaves_nothing_behind_that_the_next_one_cannot_put_right(
    algorithm: Algorithm, sqlite: SqliteDatabases, folder: Path
) -> None:
    matrix = kill_in(algorithm, sqlite_scene(facts_of(algorithm, waves=1), folder / algorithm.value, sqlite))
    assert not matrix.examples, "\n".join(matrix.examples[:10])
