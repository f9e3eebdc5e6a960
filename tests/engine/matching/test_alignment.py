"""Planted copies are found where they were planted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.matching.alignment import GROWTH, TOLERANCE, FrameMatches, Stretch, align

JITTER = 0.1  # how far a planted frame may lie from its line (s)


def planted(query: NDArray[np.float64], speed: float, offset: float) -> FrameMatches:
    noise = np.random.default_rng(len(query)).uniform(-JITTER, JITTER, len(query))
    distance = np.random.default_rng(len(query) + 1).integers(0, 31, len(query))
    return FrameMatches(np.arange(len(query)), query, speed * query + offset + noise, distance)


def joined(*parts: FrameMatches) -> FrameMatches:
    fields = ("sample", "query", "reference", "distance")
    return FrameMatches(*(np.concatenate([getattr(p, f) for p in parts]) for f in fields))


def clutter(query: NDArray[np.float64], count: int, length: float, seed: int = 3) -> FrameMatches:
    rng = np.random.default_rng(seed)
    which = rng.integers(0, len(query), count)
    return FrameMatches(which, query[which], rng.uniform(0, length, count), rng.integers(20, 48, count))


def ends(stretch: Stretch) -> tuple[float, float, float, float]:
    m = stretch.matches
    return m.query[0], m.query[-1], m.reference[0], m.reference[-1]


def lost_to_normal_speed(speed: float) -> float:
    """Return how much of a copy (s) a line at normal speed may leave out before the true speed is preferred."""
    held = 2 * (TOLERANCE + JITTER) / abs(speed - 1) if speed != 1 else 0.0
    return held * (GROWTH - 1)


@settings(max_examples=60, deadline=None)
@given(
    speed=st.sampled_from([0.5, 0.8, 1.0, 1.04, 1.25, 1.5, 2.0]),
    offset=st.floats(-40, 4000),
    start=st.floats(0, 30),
    seconds=st.floats(6, 60),
    step=st.sampled_from([0.25, 0.5, 1.0]),
    noise=st.integers(0, 60),
)
def test_a_planted_copy_is_found_with_its_speed_and_place(
    speed: float, offset: float, start: float, seconds: float, step: float, noise: int
) -> None:
    samples = np.arange(0, 100, step)
    inside = (samples >= start) & (samples <= start + seconds)
    copy = planted(samples[inside], speed, offset)
    copy = FrameMatches(np.flatnonzero(inside), copy.query, copy.reference, copy.distance)
    other = clutter(samples, noise, 4200)
    # What lies on the copy's own line by chance cannot be told from it: such clutter is no part of the question.
    other = other.take(np.abs(other.reference - (speed * other.query + offset)) > 4 * TOLERANCE)
    strongest = max(align(joined(copy, other), samples), key=lambda s: s.score)
    query_start, query_end, reference_start, reference_end = ends(strongest)
    near = step + 1 + lost_to_normal_speed(speed)
    assert query_start == pytest.approx(copy.query[0], abs=near)
    assert query_end == pytest.approx(copy.query[-1], abs=near)
    assert reference_start == pytest.approx(speed * query_start + offset, abs=JITTER + 1e-6)
    assert reference_end == pytest.approx(speed * query_end + offset, abs=JITTER + 1e-6)
    drift = abs(strongest.speed - speed) * (query_end - query_start)
    # Every frame may lie a tolerance from the line found and its jitter from the line planted, at both ends.
    assert len(copy) < 12 or drift <= 2 * (TOLERANCE + JITTER)


def test_an_excerpt_cut_out_splits_the_copy_in_two() -> None:
    samples = np.arange(0, 40, 0.5)
    head, tail = samples < 20, samples >= 20
    first = planted(samples[head], 1.0, 0.0)
    second = planted(samples[tail], 1.0, 25.0)
    second = FrameMatches(np.flatnonzero(tail), second.query, second.reference, second.distance)
    stretches = sorted(align(joined(first, second), samples), key=lambda s: s.matches.query[0])
    assert [s.speed for s in stretches] == [1.0, 1.0]
    assert [round(s.offset) for s in stretches] == [0, 25]
    assert [len(s.matches) for s in stretches] == [40, 40]


def test_other_footage_between_two_parts_of_one_line_is_not_claimed() -> None:
    samples = np.arange(0, 60, 0.5)
    shown = (samples < 20) | (samples >= 40)
    copy = planted(samples[shown], 1.0, 5.0)
    copy = FrameMatches(np.flatnonzero(shown), copy.query, copy.reference, copy.distance)
    stretches = sorted(align(copy, samples), key=lambda s: s.matches.query[0])
    assert [ends(s)[:2] for s in stretches] == [(0.0, 19.5), (40.0, 59.5)]


def test_sparse_samples_far_apart_still_make_one_stretch() -> None:
    samples = np.arange(0, 60, 8.3)
    stretches = align(planted(samples, 1.0, 100.0), samples)
    assert [len(s.matches) for s in stretches] == [len(samples)]


def test_a_static_picture_is_taken_at_normal_speed() -> None:
    times = np.arange(0, 20, 0.5)
    query, reference = np.meshgrid(times, times, indexing="ij")
    sample = np.repeat(np.arange(len(times)), len(times))
    static = FrameMatches(sample, query.ravel(), reference.ravel(), np.zeros(sample.size, np.int64))
    strongest = max(align(static, times), key=lambda s: s.score)
    assert strongest.speed == 1.0
    assert ends(strongest)[:2] == (0.0, 19.5)


def test_time_that_runs_backwards_is_no_stretch() -> None:
    samples = np.arange(0, 60, 1.0)
    reversed_copy = FrameMatches(np.arange(60), samples, 60 - samples, np.full(60, 5))
    assert max(len(s.matches) for s in align(reversed_copy, samples)) <= 2


def test_every_query_frame_serves_one_stretch() -> None:
    samples = np.arange(0, 30, 0.5)
    stretches = align(joined(planted(samples, 1.0, 3.0), clutter(samples, 500, 90)), samples)
    used = np.concatenate([s.matches.sample for s in stretches])
    assert len(used) == len(np.unique(used))


def test_nothing_matched_is_no_stretch() -> None:
    empty = np.array([], np.int64)
    assert align(FrameMatches(empty, np.array([]), np.array([]), empty), np.arange(5.0)) == []
