"""What the operating system says of a disk or a folder, as one error with a remedy."""

import errno
import tempfile
from pathlib import Path

from tasks.errors import StorageError

REMEDIES = {
    errno.ENOSPC: "the disk is full: free some space, then run the same command again, it goes on where it was",
    errno.EDQUOT: "the disk quota is used up: free some space, then run the same command again",
    errno.EROFS: "it is mounted read-only: set STEELYARD_HOME to a folder that can be written",
    errno.EACCES: "this user may not write or read it: permit it, or set STEELYARD_HOME to a folder of this user's own",
    errno.EPERM: "this user may not change it: permit it, or set STEELYARD_HOME to a folder of this user's own",
    errno.ENOTDIR: "a file stands where a folder belongs: move it away, or set STEELYARD_HOME to another folder",
    errno.EEXIST: "a file stands where a folder belongs: move it away, or set STEELYARD_HOME to another folder",
    errno.EISDIR: "a folder stands where a file belongs: move it away, or set STEELYARD_HOME to another folder",
    errno.EIO: "the disk fails: look at it before anything else; what was committed is in the journal",
}


def storage_error(fault: OSError) -> StorageError | None:
    """None for what is not about a disk or a right on it, such as a connection that was reset."""
    remedy = REMEDIES.get(fault.errno or 0)
    return StorageError(f"{fault.filename or 'a file'}: {remedy}") if remedy else None


def make_folder(folder: Path) -> Path:
    """The folder, made where it is not there yet. Raises: StorageError where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        told = storage_error(fault)
        words = f"{folder} cannot be made ({fault.strerror}): set STEELYARD_HOME to a folder that can be written"
        raise told or StorageError(words) from fault
    return folder


def must_have_room(folder: Path, megabytes: int) -> None:
    """Written and taken away again: what a disk reports as free is not always what it takes.

    Raises: StorageError when that much cannot be written into the folder.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(megabytes << 20))
    except OSError as fault:
        fault.filename = str(folder)
        told = storage_error(fault)
        if told is None:
            raise
        raise told from fault
