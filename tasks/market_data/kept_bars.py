"""The bars that a session was decided on: from its snapshot, or fetched again and proved by the snapshot's own hash."""

import pandas as pd

from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.market_data.download import download
from tasks.market_data.snapshots import content_sha256, read_snapshot, write_snapshot
from tasks.wording import short_hash


def kept_bars(context: StepContext) -> pd.DataFrame:
    """As recorded by the step `download`. A file that is gone or was changed is replaced by the same content.

    Raises: BadDataError when the source has other bars by now.
    """
    named = facts_of(context, "download")["sha256"]
    try:
        return read_snapshot(context.snapshots, named)
    except BadDataError as lost:
        return _fetched_again(context, named, lost)


def _fetched_again(context: StepContext, named: str, lost: BadDataError) -> pd.DataFrame:
    row = context.journal.cycles.snapshot(named)
    if row is None:
        raise lost
    frame = download(context.source, list(row["symbols"]), row["first_session"], row["last_session"]).frame
    found = content_sha256(frame) if not frame.empty else "of no bars at all"
    if found != named:
        raise BadDataError(
            f"{lost}. Fetched again from {context.source.name} it is not the same any more "
            f"(hash {short_hash(found)}); restore the file from a backup, or, while nothing is ordered, run the "
            "session again: it is decided anew on the bars there are now"
        ) from lost
    write_snapshot(frame, context.snapshots)
    return read_snapshot(context.snapshots, named)
