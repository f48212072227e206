"""Makes one module of the product mistaken in the memory of one forked process; the checkout is never written."""

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Protocol

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ".venv"
"""How the folders of installed packages begin."""


class Mistake(Protocol):
    """What is changed where."""

    @property
    def module(self) -> str: ...
    @property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """(text that stands once in the source, what stands there instead)."""
        ...


def install(mistake: Mistake) -> None:
    """From here on this process knows only the mistaken program; for a forked child that ends soon."""
    for name in [name for name, module in sys.modules.items() if _is_ours(name, module)]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(mistake))  # type: ignore[arg-type]


def changed(text: str, mistake: Mistake) -> str:
    """The source with the mistake in it. Raises: LookupError where the mistake no longer fits the source."""
    for old, new in mistake.changes:
        if text.count(old) != 1:
            raise LookupError(f"{mistake.module}: {old!r} stands {text.count(old)} times in it; correct the mutation")
        text = text.replace(old, new)
    return text


def _is_ours(name: str, module: ModuleType) -> bool:
    """Of this checkout, but for the harness itself, whose objects are in use."""
    file = getattr(module, "__file__", None)
    if name.startswith("tests.mutations") or name == "tests" or not file or not Path(file).is_relative_to(ROOT):
        return False
    return not Path(file).relative_to(ROOT).parts[0].startswith(ENVIRONMENTS)


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, mistake: Mistake, path: str) -> None:
        super().__init__(mistake.module, path)
        self._mistake = mistake

    def get_code(self, fullname: str) -> CodeType:
        del fullname
        text = changed(self.get_data(self.path).decode(), self._mistake)
        return compile(text, self.path, "exec", dont_inherit=True)


class _Finder:
    """Finds the one module that is to be mistaken."""

    def __init__(self, mistake: Mistake) -> None:
        self._mistake = mistake

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        del target
        if name != self._mistake.module:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path)
        assert found is not None, f"{name} does not exist"
        assert found.origin is not None, f"{name} has no file"
        return importlib.util.spec_from_file_location(name, found.origin, loader=_Loader(self._mistake, found.origin))
