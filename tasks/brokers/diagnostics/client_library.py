"""Is a broker's client library here, and which version."""

import importlib.metadata

from tasks.brokers.diagnostics.health import CheckResult
from tasks.brokers.registry import registered
from tasks.packages import installed_by


def library_is_installed(broker: str) -> CheckResult:
    """The simulated broker needs none."""
    names = registered(broker).libraries
    found = {name: version for name in names if (version := _version(name))}
    words = ", ".join(f"{name} {version}" for name, version in found.items())
    if not names:
        return CheckResult("library", True, "none needed")
    if not found:
        remedy = f"install one: {installed_by(names[0])}"
        return CheckResult("library", False, f"none of {', '.join(names)} is installed", remedy)
    if len(found) > 1:
        remedy = "uninstall both and install one of them: they overwrite each other's files"
        return CheckResult("library", False, f"{words} are both installed", remedy)
    return CheckResult("library", True, words)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
