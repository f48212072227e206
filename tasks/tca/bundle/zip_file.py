"""A zip file that is the same for the same contents: sorted names, one time, one mode."""

import io
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip file can say."""
UNIX, READABLE = 3, 0o100644


def zip_bytes(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Everything below one `folder`. The same bytes wherever the same zlib packs them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder}/{name}", EPOCH)
            entry.create_system, entry.external_attr = UNIX, READABLE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()
