"""Snapshots: named by content, whole or absent, and never changed unseen."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from price_world import bars

from tasks.errors import BadDataError
from tasks.market_data.snapshots import content_sha256, read_snapshot, write_snapshot

MADE = bars()
SHORT = MADE.head(12)


def test_what_was_written_is_read_back(tmp_path):
    kept = write_snapshot(MADE, tmp_path)
    pd.testing.assert_frame_equal(read_snapshot(tmp_path, kept.sha256), MADE)
    assert kept.path.name == f"{kept.sha256}.parquet"
    assert (kept.rows, kept.symbols, kept.first, kept.last) == (
        len(MADE),
        2,
        MADE["session"].min().date(),
        MADE["session"].max().date(),
    )


@given(st.permutations(range(len(SHORT))))
@settings(max_examples=25)
def test_the_name_does_not_depend_on_the_order_of_rows_or_columns(order):
    shuffled = SHORT.iloc[list(order)][list(reversed(SHORT.columns))]
    assert content_sha256(shuffled) == content_sha256(SHORT)


@given(st.integers(0, len(SHORT) - 1), st.sampled_from(["open", "close", "volume"]), st.floats(-1e6, 1e6))
def test_any_changed_figure_is_another_name(row, column, value):
    changed = SHORT.copy()
    changed.loc[row, column] = value
    same = value == SHORT.loc[row, column]
    assert (content_sha256(changed) == content_sha256(SHORT)) is bool(same)


def test_a_missing_figure_a_symbol_and_a_repeated_row_each_change_the_name():
    without = SHORT.assign(volume=np.nan)
    renamed = SHORT.replace({"symbol": {"AAA": "AAB"}})
    twice = pd.concat([SHORT, SHORT.head(1)])
    assert len({content_sha256(frame) for frame in (SHORT, without, renamed, twice)}) == 4


def test_writing_again_changes_nothing(tmp_path):
    first = write_snapshot(MADE, tmp_path)
    stamp = first.path.stat().st_mtime_ns
    again = write_snapshot(MADE.sample(frac=1, random_state=3), tmp_path)
    assert again == first
    assert first.path.stat().st_mtime_ns == stamp
    assert [path.name for path in tmp_path.iterdir()] == [first.path.name]


def test_a_changed_file_is_refused(tmp_path):
    kept = write_snapshot(MADE, tmp_path)
    change(kept.path)
    with pytest.raises(BadDataError, match="was changed"):
        read_snapshot(tmp_path, kept.sha256)


def change(path):
    path.unlink()
    MADE.assign(close=MADE["close"] + 0.01).to_parquet(path)


def test_a_changed_file_makes_room_for_what_its_name_says_and_is_kept_as_evidence(tmp_path):
    """Downloading anew must be a way out: the right content is at hand, and proved by its hash."""
    kept = write_snapshot(MADE, tmp_path)
    change(kept.path)
    write_snapshot(MADE, tmp_path)
    assert content_sha256(read_snapshot(tmp_path, kept.sha256)) == kept.sha256
    assert len([path for path in tmp_path.iterdir() if ".changed-" in path.name]) == 1


def test_a_broken_and_a_missing_file_are_refused(tmp_path):
    kept = write_snapshot(MADE, tmp_path)
    kept.path.chmod(0o644)
    kept.path.write_bytes(kept.path.read_bytes()[:100])
    with pytest.raises(BadDataError, match="cannot be read"):
        read_snapshot(tmp_path, kept.sha256)
    with pytest.raises(BadDataError, match="is missing"):
        read_snapshot(tmp_path, "0" * 64)


def test_no_rows_are_no_snapshot(tmp_path):
    with pytest.raises(BadDataError, match="no prices to keep"):
        write_snapshot(MADE.head(0), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full_disk(*_args: object, **_kwargs: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_disk)
    with pytest.raises(OSError, match="no space"):
        write_snapshot(MADE, tmp_path)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 1000))
def test_negative_zero_and_other_nans_are_the_same_content(seed):
    made = bars(["AAA"], seed=seed).head(5).assign(volume=0.0)
    other = made.assign(volume=-0.0)
    assert content_sha256(made) == content_sha256(other)


def test_whose_figures_they_are_is_part_of_the_name():
    pair = SHORT.iloc[[0, 2]]
    first, second = pair.assign(symbol=["AAA", "BBB"]), pair.assign(symbol=["BBB", "AAA"])
    assert content_sha256(first) != content_sha256(second)
