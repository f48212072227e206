"""One id, one row: the same row twice is counted once, and two rows that differ are both left out. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence

import pandas as pd

from tasks.tca.outside.problems import Problems


def without_duplicates(
    frame: pd.DataFrame, key: str, same: Sequence[str], what: str, problems: Problems
) -> pd.DataFrame:
    """Rows with an id of their own, each once; `same` are the columns by which two rows are one."""
    frame = frame.reset_index(drop=True)
    twice = frame.duplicated(key, keep=False)
    if not twice.any():
        return frame
    repeated = frame.duplicated([key, *same], keep="first")
    kinds = frame[twice & ~repeated].groupby(key).size()
    differs = twice & frame[key].isin(kinds.index[kinds > 1])
    known = frame[twice & ~repeated].drop_duplicates(key)
    place = dict(zip(known[key], known["file"] + " row " + known["row"].astype(str), strict=True))
    again = repeated & ~differs
    first = frame[key] + ", as in " + frame[key].map(place)
    problems.add(frame, again, key, f"the same {what} again", "nothing to do: it is counted once", values=first)
    remedy = f"keep the one that is right; a correction has an id of its own and names the {what} that it corrects"
    problems.add(frame, differs, key, f"an id that another {what} has too", remedy)
    return frame[~differs & ~again]
