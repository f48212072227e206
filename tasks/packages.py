"""How a package that this program needs is installed: by its own name, in the releases that were tried."""

import importlib.metadata
import re


def installed_by(*names: str) -> str:
    """The command for a shell. Our own name would not do: an installed program need not be in any index."""
    return "pip install " + " ".join(f"'{_asked_for(name)}'" for name in names)


def _asked_for(name: str) -> str:
    """A package with its range, as our own installation asks for it; the bare name where there is none of that."""
    try:
        known = importlib.metadata.requires("steelyard") or []
    except importlib.metadata.PackageNotFoundError:
        known = []
    return next((one.partition(";")[0].strip() for one in known if re.match(rf"{re.escape(name)}\b(?!-)", one)), name)
