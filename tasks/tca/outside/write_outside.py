"""Puts the files of a report into a folder, each whole or not there."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tasks.tca.write import replace_file


def write_outside(texts: Mapping[str, bytes], folder: Path) -> dict[str, str]:
    """Replaces what is there under these names, and nothing else; returns the SHA-256 of each by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace_file(folder / name, text)
    return {name: sha256(text).hexdigest() for name, text in texts.items()}
