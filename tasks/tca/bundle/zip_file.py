"""A zip file that is the same for the same contents: sorted names, one time, one mode."""

import io
import re
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can say."""
NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)+", re.ASCII)
LONGEST_NAME = 200
UNIX, READABLE = 3, 0o100644


def zip_bytes(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Everything below one `folder`. The same bytes wherever the same zlib packs them.

    Raises: ValueError for a name that could leave the folder, or that not every system can have.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in sorted(files.items()):
            _check(f"{folder}/{name}")
            entry = zipfile.ZipInfo(f"{folder}/{name}", EPOCH)
            entry.create_system, entry.external_attr = UNIX, READABLE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _check(name: str) -> None:
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a file of an export")
