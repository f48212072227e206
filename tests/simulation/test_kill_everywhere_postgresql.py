"""The kill matrix with the journal on PostgreSQL."""

from pathlib import Path

import pytest

from tasks.model.orders import Algorithm
from tests.simulation.databases import PostgresDatabases
from tests.simulation.kill_everywhere import facts_of, kill_at_every_point, postgres_scene
from tests.simulation.many_worlds import WHOLE


@pytest.mark.parametrize("algorithm", list(Algorithm) if WHOLE else [Algorithm.AT_CLOSE])
def test_a_process_killed_at_any_point_is_put_right_on_postgresql_too(
    algorithm: Algorithm, postgresql: PostgresDatabases, folder: Path
) -> None:
    scene = postgres_scene(facts_of(algorithm, waves=1), folder / algorithm.value, postgresql)
    matrix = kill_at_every_point(scene, each=1 if WHOLE else 2)
    print(f"\n{algorithm} on PostgreSQL: {matrix}")
    assert matrix.points >= 60
    assert not matrix.examples, "\n".join(matrix.examples[:10])
