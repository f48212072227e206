"""Benchmarks run only when asked for by `-m bench`; they share the tests' real Prefect server."""

from pathlib import Path

import pytest

from tests.flows.conftest import prefect_server

__all__ = ["prefect_server"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a marker expression, `make test`, the benchmarks of this folder are left out."""
    if config.option.markexpr:
        return
    left_out = [item for item in items if HERE in item.path.parents and item.get_closest_marker("bench")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
