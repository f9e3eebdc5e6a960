"""Bounds never exceed the distance, and rule out as much as is reckoned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.matching.bounds import GROUP, bound_block, distance_to
from firebreak.engine.matching.levels import BOUNDS, EXACT, OR_OF_TWO, first_level

Codes = NDArray[np.uint64]


def distances(codes: Codes, query: Codes) -> NDArray[np.int64]:
    told: NDArray[np.int64] = np.bitwise_count(codes ^ query).sum(axis=1, dtype=np.int64)
    return told


def nearest(codes: Codes, queries: Codes, level: int) -> NDArray[np.int64]:
    groups = -(-len(queries) // GROUP)
    bounds = np.full(groups, -1, np.int64)
    columns = np.ascontiguousarray(codes.T)
    bound_block(columns, 0, len(codes), queries, np.full(groups, level, np.int64), bounds)
    return bounds


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.integers(1, 6),
    count=st.sampled_from([1, 7, 8, 33, 500]),
    queries=st.integers(1, 2 * GROUP + 1),
    sparse=st.booleans(),
)
def test_no_bound_exceeds_the_distance_and_each_is_tighter_than_the_last(
    seed: int, words: int, count: int, queries: int, sparse: bool
) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = (rng.integers(0, 2**64, (n, words), np.uint64) for n in (count, queries))
    if sparse:
        codes, asked = codes & np.uint64(0x1001), asked & np.uint64(0x1001)
    true = np.array([distances(codes, query).min() for query in asked])
    least = np.minimum.reduceat(true, np.arange(0, queries, GROUP))
    levels = [n for n, bound in enumerate(BOUNDS) if bound.columns <= words] + [EXACT] * (words == 4)
    told = [nearest(codes, asked, level) for level in levels]
    assert all((bound <= least).all() for bound in told)
    assert all((a <= b).all() for a, b in pairwise(told))
    if words == 4:
        np.testing.assert_array_equal(told[-1], least)
        assert [distance_to(np.ascontiguousarray(codes.T), 0, count, query) for query in asked] == true.tolist()


@pytest.mark.parametrize("words", [1, 3, 6])
def test_where_there_is_no_bound_nothing_is_ruled_out(words: int) -> None:
    codes = np.zeros((10, words), np.uint64)
    assert nearest(codes, ~codes[:1], EXACT).tolist() == [0]
    assert distance_to(np.ascontiguousarray(codes.T), 0, 10, ~codes[0]) == 0


@pytest.mark.parametrize(("level", "radius"), [(0, 40), (1, 50), (2, 56), (3, 85)])
def test_of_unrelated_codes_as_many_pass_as_is_reckoned(level: int, radius: int) -> None:
    bound = BOUNDS[level]
    words = np.random.default_rng(level).integers(0, 2**64, (200_000, bound.columns), np.uint64)
    joined = np.bitwise_or.reduce(words.reshape(len(words), -1, bound.joined), axis=2)
    passed = (np.bitwise_count(joined).sum(axis=1) <= radius).mean()
    assert bound.passing(radius) == pytest.approx(passed, rel=0.1)


def test_everything_passes_at_the_widest_radius() -> None:
    assert [bound.passing(1000) for bound in BOUNDS] == [1.0] * len(BOUNDS)


def test_the_radius_picks_the_level() -> None:
    levels = [first_level(4, radius) for radius in range(257)]
    assert levels == sorted(levels)
    assert [levels.index(level) for level in range(EXACT + 1)] == [0, 33, 43, 50, 74]
    assert first_level(1, 0) == EXACT
    assert [first_level(2, radius) for radius in (32, 33)] == [OR_OF_TWO, EXACT]
    assert first_level(8, 31) == OR_OF_TWO
