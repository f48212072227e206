"""Settings of all tests: properties are judged by what they find, never by how long a busy machine took.

The build asks the same examples each time, so that it is red for a change and never for luck; `make prove` searches
with new ones. A test that must catch a broken rule has twenty times as many, the same ones too.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from flows.garbage import look_less_often

BUSY = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("steelyard", derandomize=True, **BUSY)
settings.register_profile("search", **BUSY)
settings.register_profile("guard", derandomize=True, max_examples=2000, phases=[Phase.explicit, Phase.generate], **BUSY)
settings.load_profile("steelyard")

LONGEST_FIRST = ("tests/ui/", "tests/flows/test_in_the_ui", "tests/flows/", "tests/simulation/")
"""Files of minutes: begun last, they would keep one core busy while the others have nothing left to do."""


def pytest_configure(config: pytest.Config) -> None:
    """No test writes into the register of whoever runs it; programs that tests start inherit this one."""
    look_less_often()
    folder = tempfile.mkdtemp(prefix="steelyard-register-")
    os.environ["STEELYARD_REGISTER"] = str(Path(folder) / "journals.jsonl")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """For `--dist loadfile`; every other way stays as pytest-xdist has it."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.parts import FilesAndParts

    return FilesAndParts(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files keep together and in their order; only which come first is changed."""
    items.sort(key=lambda item: next((n for n, part in enumerate(LONGEST_FIRST) if part in item.nodeid), 9))
