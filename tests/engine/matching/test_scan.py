"""Comparing every code with every query finds what is near and nothing else, however the blocks fall."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firebreak.engine.matching import scan as scanning
from firebreak.engine.matching.hits import HitBuffer, Hits
from firebreak.engine.matching.scan import BLOCK, EXACT, OR_OF_PAIRS, OR_OF_TWO, first_level, scan
from tests.engine.matching.oracle import assert_same, brute_force, clustered, numbered

NONE_REMOVED = np.empty(0, np.uint8)


def scanned(codes: NDArray[np.uint64], queries: NDArray[np.uint64], radius: int, part: range | None = None) -> Hits:
    into = HitBuffer(len(queries), None)
    columns = np.ascontiguousarray(codes.T)
    scan(columns, numbered(len(codes)), NONE_REMOVED, part or range(len(codes)), queries, radius, into)
    return Hits.merged(into.parts)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    words=st.sampled_from([1, 2, 3, 4, 5, 8]),
    count=st.sampled_from([0, 1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 17]),
    queries=st.integers(1, 4),
    share=st.floats(0, 1.1),
)
def test_a_scan_equals_brute_force(seed: int, words: int, count: int, queries: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    codes, asked = clustered(rng, count, words), clustered(rng, queries, words)
    radius = int(share * share * 64 * words)  # most often small, where the lower bounds matter
    assert_same(scanned(codes, asked, radius), brute_force(codes, numbered(count), asked, radius))


@pytest.mark.parametrize("level", [OR_OF_TWO, OR_OF_PAIRS, EXACT])
@pytest.mark.parametrize("words", [1, 2, 3, 4, 6])
def test_every_level_is_exact(words: int, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "first_level", lambda _words, _radius: level)
    rng = np.random.default_rng(words)
    codes, asked = clustered(rng, 5000, words), clustered(rng, 6, words)
    for radius in (0, 5, 31, 48, 80, 200):
        assert_same(scanned(codes, asked, radius), brute_force(codes, numbered(5000), asked, radius))


def test_the_level_rises_when_blocks_are_looked_into_for_nothing() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 2**64, (100 * BLOCK, 4), np.uint64)
    asked = rng.integers(0, 2**64, (2, 4), np.uint64)
    codes[::BLOCK, :2] = asked[0, :2]  # near by half of the columns, far by all of them
    codes[::BLOCK, 2:] = ~asked[0, 2:]
    level, alarms, resume = np.full(2, OR_OF_TWO, np.int64), np.zeros(2, np.int64), np.zeros(2, np.int64)
    into = HitBuffer(2, None)
    found = scanning._scan(
        *(np.ascontiguousarray(codes.T), numbered(len(codes)), NONE_REMOVED, len(codes), asked, 31),
        *(resume, level, alarms, into.query, into.key, into.distance),
    )
    assert found == 0
    assert level.tolist() == [OR_OF_PAIRS, OR_OF_TWO], "only the query that raised false alarms"


def test_a_part_of_the_codes_can_be_scanned() -> None:
    rng = np.random.default_rng(4)
    codes, asked = clustered(rng, 9000, 4), clustered(rng, 3, 4)
    part = range(2 * BLOCK, 4 * BLOCK)
    expected = brute_force(codes[part.start : part.stop], numbered(len(part), part.start), asked, 60)
    assert_same(scanned(codes, asked, 60, part), expected)


def test_millions_of_hits_are_all_told() -> None:
    codes = np.zeros((300_000, 4), np.uint64)
    codes[::3, 0] = 1
    found = scanned(codes, np.zeros((5, 4), np.uint64), 31)
    assert np.bincount(found.query).tolist() == [300_000] * 5
    assert int(found.distance.sum()) == 5 * 100_000


@pytest.mark.parametrize("length", [BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK])
def test_no_more_is_written_than_there_is_room_for(length: int) -> None:
    query = np.full(3 * BLOCK, 7, np.int32)
    key, distance = query.astype(np.uint32), query.astype(np.uint16)
    codes, resume = np.zeros((3, 3 * BLOCK), np.uint64), np.zeros(2, np.int64)
    count = scanning._scan(
        *(codes, numbered(3 * BLOCK), NONE_REMOVED, 3 * BLOCK, np.zeros((1, 3), np.uint64), 0),
        *(resume, np.zeros(1, np.int64), np.zeros(1, np.int64)),
        query[:length],
        key[:length],
        distance[:length],
    )
    assert count == length // BLOCK * BLOCK
    assert resume.tolist() == [count, 0]
    assert {*query[length:].tolist(), *key[length:].tolist(), *distance[length:].tolist()} == {7}


def test_radius_picks_the_level() -> None:
    assert [first_level(4, radius) for radius in (0, 32, 33, 75, 76, 256)] == [0, 0, 1, 1, 2, 2]
    assert first_level(1, 0) == EXACT
    assert [first_level(2, radius) for radius in (32, 33)] == [OR_OF_TWO, EXACT]
