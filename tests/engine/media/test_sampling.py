"""Properties of what is sampled, over any rate, keyframe interval and gap."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firebreak.engine.media.sampling import every
from tests import media
from tests.engine.media.clips import frames, sparse, times

CLIPS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@CLIPS
@given(
    fps=st.sampled_from([5, 10, 24, 30]),
    seconds=st.integers(2, 6),
    keyint=st.integers(1, 200),
    codec=st.sampled_from(["libx264", "libx264", "mpeg4", "libvpx"]),
    max_gap=st.floats(0.2, 5.0),
)
def test_no_gap_is_longer_than_allowed(
    fps: int, seconds: int, keyint: int, codec: str, max_gap: float, tmp_path: Path
) -> None:
    path = tmp_path / "clip.mkv"
    media.write_video(path, seconds, size=(48, 32), fps=fps, keyint=keyint, codec=codec)
    found = sparse(path, max_gap)
    ends = [*times(found), float(seconds)]
    assert ends[0] == 0.0
    assert np.all(np.diff(ends) > 0)
    assert max(np.diff(ends)) <= max_gap + 1.5 / fps
    least = max_gap / 4 if max_gap < 0.8 else 0.2
    assert len(found) <= 2 + seconds / min(least, max_gap / 2)


@CLIPS
@given(
    instants=st.lists(st.floats(0.001, 2.0), min_size=2, max_size=60).map(np.cumsum),
    max_gap=st.floats(0.3, 4.0),
    keyint=st.integers(1, 30),
)
def test_variable_rates_leave_out_nothing_that_is_due(
    instants: np.ndarray, max_gap: float, keyint: int, tmp_path: Path
) -> None:
    """Between two frames given that lie further apart than the gap, no frame more than one was stored."""
    shown = np.round(instants - instants[0], 3)
    path = media.write_video(tmp_path / "clip.mkv", 0, size=(32, 32), times=shown.tolist(), keyint=keyint)
    stored = np.array(times(frames(path, step=0)))
    found = times(sparse(path, max_gap))
    assert found[0] == 0.0
    for a, b in pairwise(found):
        assert b > a
        if b - a > max_gap + 0.002:
            between = stored[(stored > a + 0.002) & (stored < b - 0.002)]
            assert len(between) == 0 or b - between[-1] <= max_gap / 2 + 2.0


@CLIPS
@given(
    start=st.floats(0.0, 7.0),
    length=st.floats(0.05, 3.0),
    step=st.one_of(st.just(0.0), st.floats(0.05, 1.5)),
)
def test_windows_hold_one_frame_for_each_step(start: float, length: float, step: float, clip: Path) -> None:
    found = times(frames(clip, start, start + length, step))
    stored = np.arange(200) / 25
    inside = stored[(stored >= start - 0.001) & (stored <= start + length + 0.001)]
    if step == 0:
        assert found == pytest.approx(inside.tolist())
        return
    slots = {math.floor((time - start + 1e-3) / step) for time in inside}
    assert len(found) == len(slots)
    assert all(any(abs(time - one) < 1e-6 for one in inside) for time in found)
    assert {math.floor((time - start + 1e-3) / step) for time in found} == slots


@given(start=st.floats(0, 100), step=st.floats(0.01, 10), time=st.floats(0, 200))
def test_the_grid_goes_on_by_at_most_a_step(start: float, step: float, time: float) -> None:
    due = every(step, start)(time)
    assert due > time
    assert due - time <= step + 1e-3 + 1e-9 * time
